import Foundation
import Glibc
import Testing

/// Somebody who owns a log directory, against root's runs in it: before each call that has to do with a name there, the log,
/// an archive, the name that is about to be used, or the directory becomes a link out of it, another name of a file of
/// root's, a FIFO, a device, a file of somebody else or a directory, and stays that or is itself again before the next call.
/// Nothing outside is changed, nothing of it comes in, nothing in there is read by more people, and the run ends.
///
/// Every so many of these attacks; all of them, and many minutes of attacks by chance, with `Tests/Loss/race`.
@Suite(.enabled(if: geteuid() == 0, "only root has rights that others could abuse"))
struct RacerTests {
    private static let step = sweepStep(101)

    @Test(arguments: RacerScene.allCases.filter { isWanted($0.testDescription) && $0.isPossible })
    func nobodyIsLedOutOfADirectory(_ scene: RacerScene) throws {
        let place = try RacerPlace(scene)
        // Where each begins is another one, so that together they come to every kind.
        let first = RacerScene.allCases.firstIndex(of: scene) ?? 0
        let run = try place.race(["--step", "\(Self.step)", "--first", "\(first)", "--peeps"] + scene.options)
        #expect(run.status == 0, "\(run.output)\(run.error)")
        report("race, \(scene): \(run.output.dropLast())")
    }

    @Test(
        arguments: [RacerScene.inPlace, .renamed, .renamedCopy, .expiring, .evicting, .reclaimed, .givenBack].filter {
            isWanted($0.rawValue)
        })
    func nobodyIsLedOutByChance(_ scene: RacerScene) throws {
        let place = try RacerPlace(scene)
        let seconds = ProcessInfo.processInfo.environment["SPILLWAY_RACE_SECONDS"] ?? "2"
        let run = try place.race(["--brute", seconds] + scene.options)
        #expect(run.status == 0, "\(run.output)\(run.error)")
        report("race by chance, \(scene): \(run.output.dropLast())")
    }

    /// The racer itself: programs that are led out are seen.
    @Test(arguments: [
        ("for i in 1 2 3 4 5 6; do echo x >> LOG/a.log; done", "outside something has changed"),
        ("umask 077; for i in 1 2 3 4 5 6; do head -c 9000 < LOG/a.log > LOG/a.log.1; done", "holds what is outside"),
        (
            "cp LOG/a.log LOG/a.log.1; chmod 644 LOG/a.log.1; for i in 1 2 3 4 5; do : < LOG/a.log; done",
            "everybody can read"
        ),
        (
            "for i in 1 2 3 4 5 6; do head -c 9 < LOG/a.log.1; done; while [ -p LOG/a.log ]; do : < LOG/a.log; done",
            "hangs"
        ),
    ])
    func whoIsLedOutIsSeen(_ script: String, _ said: String) throws {
        let place = try RacerPlace(.inPlace)
        let run = try place.race(["--peeps", "--limit", "2"], script: script)
        #expect(run.status == 1 && run.output.contains(said), "\(run.output)\(run.error)")
    }

    /// A log of 0600 in a directory that everybody may look into: whoever opens each new file at once reads nothing.
    @Test(arguments: RacerScene.allCases, ["0", "077"])
    func noArchiveIsEverReadByMorePeople(_ scene: RacerScene, umask: String) throws {
        let place = try RacerPlace(scene, defaultList: umask == "0")
        let run = try place.race(["--step", "1000000", "--first", "1", "--peeps", "--umask", umask] + scene.options)
        #expect(run.status == 0, "\(run.output)\(run.error)")
    }
}

/// What a run does in the directory.
enum RacerScene: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case inPlace, followed, notAppending, renamed, renamedCopy, copied, compressedLater, inOlddir, expiring, recovered,
        recoveredName, abandoned, unreleased, evicting, shredded, mailed,
        everywhere, reclaimed, reclaimedElsewhere, givenBack

    var testDescription: String { rawValue }

    /// The configuration; `LOG`, `OLD` and what both are in, `SVC`, are directories of the owner's.
    var configuration: String {
        let stanza =
            switch self {
            case .inPlace, .followed, .notAppending, .recovered, .recoveredName: ""
            case .renamed: "create 0600\n"
            case .renamedCopy: "renamecopy\n"
            case .copied: "copy\n"
            case .compressedLater: "create 0600\ndelaycompress\n"
            case .inOlddir: "olddir OLD/made\ncreateolddir 0755 root root\ncreate 0600\n"
            case .expiring: "rotate 1\nmaxage 10d\n"
            case .abandoned: "abandoned 1s\n"
            case .unreleased: "create 0600\nsignalwait 0s\n"
            case .evicting, .givenBack, .reclaimed, .reclaimedElsewhere: ""
            case .everywhere: "create 0600\n"
            case .shredded: "rotate 1\nshred\n"
            case .mailed: "rotate 1\nmail somebody\nnocompress\n"
            }
        let space =
            switch self {
            case .evicting: "space LOG {\nbudget 8k\nminfree 1\npurge old-*\n}\n"
            case .givenBack: "space LOG {\nminfree FLOOR\nreclaimheld\n}\n"
            default: ""
            }
        let pattern = self == .everywhere ? "SVC/*/*.log" : "LOG/*.log"
        return space + "\(pattern) {\nrotate 5\n\(stanza)}\n"
    }

    /// A file system of a program (FUSE) keeps a deleted file that somebody has open, under a name of its own.
    var isPossible: Bool {
        switch self {
        case .reclaimed, .reclaimedElsewhere, .givenBack:
            ProcessInfo.processInfo.environment["SPILLWAY_RACE_OVER"] == nil
        default: true
        }
    }

    /// How it is prepared, for the racer.
    var options: [String] {
        switch self {
        case .followed: ["--held", "ar"]
        case .notAppending: ["--held", "w"]
        case .recovered: ["--held", "a", "--killed", "fallocate"]
        case .recoveredName: ["--held", "a", "--killed", "linkat"]
        case .abandoned: ["--earlier-runs", "1"]
        case .unreleased: ["--held", "a", "--earlier-runs", "1"]
        case .compressedLater: ["--earlier-runs", "1"]
        case .reclaimed, .reclaimedElsewhere, .givenBack: ["--held", "a", "--deleted"]
        default: []
        }
    }

    /// What is run; `LOG` and `OLD` as above. Else it is an ordinary run.
    var command: [String]? {
        switch self {
        case .reclaimed: ["held", "--reclaim", "--yes", "--archive", "LOG", "LOG"]
        case .reclaimedElsewhere: ["held", "--reclaim", "--yes", "--archive", "OLD/made", "LOG"]
        default: nil
        }
    }

    /// What else lies there.
    var files: String {
        let older = "for i in 1 2 3; do cp a.log old; gzip -n old; mv old.gz a.log.$i.gz; done; "
        return switch self {
        case .expiring, .shredded, .mailed: older + "touch -d '30 days ago' a.log.3.gz"
        case .evicting: older + "for i in 1 2 3; do head -c 9000 a.log > old-$i; done"
        case .abandoned: "touch -d '1 hour ago' a.log"
        default: ":"
        }
    }
}

/// The racer's place, in memory: a run costs milliseconds there. `SPILLWAY_RACE_ON_DISK`: on the disk; `SPILLWAY_RACE_OVER`: in
/// a file system that lies over that, by its name.
final class RacerPlace {
    private static let memoryBytes = 256 << 20
    private let sandbox: Sandbox
    private var mounts: [String] = []
    private let scene: RacerScene
    private var root: String { sandbox.path("place") }

    init(_ scene: RacerScene, defaultList: Bool = false) throws {
        self.scene = scene
        sandbox = try Sandbox()
        try sandbox.makeDirectory("place")
        let environment = ProcessInfo.processInfo.environment
        let layer = environment["SPILLWAY_RACE_OVER"].flatMap { FileSystem(rawValue: $0) }
        if environment["SPILLWAY_RACE_ON_DISK"] == nil {
            let memory = sandbox.path(layer == nil ? "place" : "below")
            if layer != nil { try sandbox.makeDirectory("below") }
            let mount = ["-t", "tmpfs", "-o", "size=\(Self.memoryBytes),mode=755", "tmpfs", memory]
            // Else it is slower, on the disk.
            if try sandbox.run("/bin/mount", mount).status == 0 { mounts.append(memory) }
        }
        if let layer {
            try Layer(layer, over: sandbox.path("below"), at: root).mount(sandbox)
            mounts.append(root)
        }
        try sandbox.shell(
            """
            chmod 755 . place
            cd place
            mkdir -p template/svc/log template/svc/old template/state outside/sub
            chmod 700 template/state
            seq -f 'OUTSIDE-a9b23e %05g' 1 300 > outside/secret
            chmod 600 outside/secret
            for name in a.log a.log.1 a.log.1.gz a.log.2.gz; do cp -p outside/secret outside/$name; done
            cd template/svc/log
            seq -f 'line %08g of the log' 1 1500 > a.log
            \(scene.files)
            chmod 600 *
            chown -R 65534:65534 ..
            \(defaultList ? "setfacl -d -m u::rwx,g::rwx,o::rwx ." : ":")
            """)
        try sandbox.write("place/template/conf", placed(scene.configuration))
        try sandbox.write("mail", "#!/bin/sh\ncat > \(root)/work/state/mail.$$\n", mode: 0o755)
    }

    deinit {
        for mount in mounts.reversed() { _ = try? sandbox.run("/bin/umount", ["-l", mount]) }
    }

    /// The directories in the place of what stands for them.
    private func placed(_ text: String) -> String {
        let work = "\(root)/work/svc"
        return text.replacingOccurrences(of: "LOG", with: "\(work)/log")
            .replacingOccurrences(of: "OLD", with: "\(work)/old").replacingOccurrences(of: "SVC", with: work)
            // More than is free in memory of which next to nothing is taken, and on every disk.
            .replacingOccurrences(of: "FLOOR", with: mounts.isEmpty ? "99%" : "\(Self.memoryBytes - 100_000)")
    }

    /// Attacks runs of spillway, or of a script of a shell's.
    func race(_ options: [String], script: String? = nil) throws -> Finished {
        let work = "\(root)/work"
        let shell = script.map { ["/bin/sh", "-c", $0.replacingOccurrences(of: "LOG", with: "\(work)/svc/log")] }
        let words =
            scene.command?.map(placed) ?? [
                "-f", "-s", "\(work)/state/state", "--journal", "\(work)/state/journal", "-m", sandbox.path("mail"),
                "\(work)/conf",
            ]
        let command = shell ?? [Sandbox.spillway] + words
        return try sandbox.run(Sandbox.programDirectory + "/Racer", [root] + options + ["--"] + command)
    }
}
