import Foundation

/// A stanza, its logs and archives, made from a number: the same number always gives the same.
///
/// What spillway does otherwise on purpose is not generated; each of those differences has a test of its own.
struct GeneratedStanza: Sendable {
    let name: String
    private(set) var text = ""
    private(set) var files: [TreeFile] = []
    private(set) var prepare = ""
    private(set) var lastRotated: [String: Int] = [:]
    /// The paths of its logs.
    var logs: [String] { lastRotated.keys.sorted() }

    private var random: Dice
    private var lines: [String] = []
    private let kind: Kind

    /// What is not the same on purpose depends on these.
    struct Kind: Sendable {
        /// Every log is due: an `olddir` that is made only then can be compared, and so can `copy`.
        var isForced: Bool
        /// A second rotation of the same day has a name of its own.
        var isDated: Bool
    }

    init(_ number: Int, _ kind: Kind) {
        self.kind = kind
        name = "s\(number)"
        random = Dice(seed: UInt64(number) &+ 0x5eed)
        make()
    }

    private mutating func make() {
        let logs = random.one(of: [["app.log"], ["app.log"], ["app.log", "b.log"], ["app.log", "b.log", "c.log"]])
        let contents = ["one\ntwo\n", "one\ntwo\n", String(repeating: "a longer line\n", count: 100), ""]
        for log in logs {
            files.append(TreeFile("\(name)/\(log)", random.one(of: contents)))
            lastRotated["\(name)/\(log)"] = random.one(of: [26, 72, 200, 800, 9000])
        }
        let archives = numbersAndDates()
        compression(archives, logs)
        emptying()
        place()
        filters()
        scripts()
        random.shuffle(&lines)
        let pattern =
            logs.count > 1 && random.chance(2)
            ? "LOG/\(name)/*.log" : logs.map { "LOG/\(name)/\($0)" }.joined(separator: " ")
        text = "\(pattern) {\n" + lines.map { " \($0)\n" }.joined() + "}\n"
    }

    // MARK: - What it is made of

    private struct Archives {
        var isDated: Bool
        var start = 1
        var keeps: Int
    }

    private mutating func numbersAndDates() -> Archives {
        let rotate = random.one(of: [
            ("1", 1), ("2", 2), ("3", 3), ("+3", 3), ("0x3", 3), ("5", 5), ("-1", 9), ("0", 0),
        ])
        lines.append("rotate \(rotate.0)")
        lines.append(
            random.one(of: [
                "daily", "weekly", "monthly", "yearly", "hourly", "size 1", "size +4", "size +1k", "weekly 7",
            ]))
        var archives = Archives(isDated: kind.isDated, keeps: rotate.1)
        if archives.isDated {
            lines.append("dateext")
            if random.chance(2) {
                lines.append(random.one(of: ["dateformat -%Y-%m-%d", "dateformat .%Y%m%d", "dateformat -%Y%m"]))
            }
            if random.chance(4) { lines.append("dateyesterday") }
        } else if random.chance(4), archives.keeps < 9 {
            archives.start = random.one(of: [0, 5])
            lines.append("start \(archives.start)")
        }
        return archives
    }

    private mutating func compression(_ archives: Archives, _ logs: [String]) {
        // Where none is kept logrotate compresses what it has removed, and says that this failed.
        let kind = archives.keeps == 0 ? "none" : random.one(of: ["none", "none", "compress", "delay", "bzip2"])
        switch kind {
        case "compress":
            lines.append("compress")
            if random.chance(3) { lines.append("compressoptions -9") }
        case "delay": lines += ["compress", "delaycompress"]
        case "bzip2": lines += ["compress", "compresscmd /bin/bzip2", "compressext .bz2"]
        default: if random.chance(3) { lines.append("nocompress") }
        }
        guard !archives.isDated else { return }
        // No more than `rotate` keeps, without a gap.
        let count = random.below(min(archives.keeps, 3) + 1)
        for log in logs {
            for index in 0..<count {
                let isPlain = kind == "none" || (kind == "delay" && index == 0)
                let ending = isPlain ? "" : kind == "bzip2" ? ".bz2" : ".gz"
                files += TreeFile.archives("\(name)/\(log).\(archives.start + index)\(ending)")
            }
        }
    }

    private mutating func emptying() {
        let choice = random.one(of: [
            [], ["create"], ["create 0600"], ["create 0640 daemon adm"], ["create 0644 1 4"], ["create daemon adm"],
            ["nocreate"], ["copytruncate"], ["copytruncate"], kind.isForced ? ["copy"] : ["create"],
        ])
        lines += choice
    }

    private mutating func place() {
        switch random.below(6) {
        case 0:
            lines.append("olddir old")
            prepare += "mkdir \(name)/old\n"
        case 1:
            lines += ["olddir LOG/\(name)/archive", "createolddir 0750 daemon adm"]
            if !kind.isForced || files.contains(where: \.content.isEmpty) {
                prepare += "mkdir -m 750 \(name)/archive\n"
            }
        default: break
        }
    }

    private mutating func filters() {
        if random.chance(3) { lines.append(random.one(of: ["notifempty", "ifempty"])) }
        if random.chance(6) { lines.append(random.one(of: ["minsize 10", "minsize +10", "minsize 1k"])) }
        if random.chance(6) { lines.append(random.one(of: ["maxsize 5", "maxsize 1M", "maxsize 0"])) }
        if random.chance(8) { lines.append(random.one(of: ["minage 1", "minage 3", "minage +0", "maxage 0"])) }
        if random.chance(8) { lines.append("missingok") }
        if random.chance(10) { lines.append("su root root") }
        if random.chance(12) { lines += ["shred", "shredcycles 1"] }
        if random.chance(10) { lines.append("nomail") }
    }

    private mutating func scripts() {
        guard random.chance(2) else { return }
        if random.chance(2) { lines.append("sharedscripts") }
        for kind in ["firstaction", "prerotate", "postrotate", "lastaction"] where random.chance(2) {
            lines.append("\(kind)\n  echo \"\(kind) <$1> <$2>\" >>TRACE\n endscript")
        }
    }
}

/// Numbers that look like chance and are always the same: splitmix64.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }

    /// True once in so many times.
    mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }

    mutating func one<Element>(of elements: [Element]) -> Element { elements[below(elements.count)] }

    mutating func shuffle<Element>(_ elements: inout [Element]) {
        for index in elements.indices.reversed() { elements.swapAt(index, below(index + 1)) }
    }
}
