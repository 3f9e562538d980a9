import Foundation
import Testing

/// Budgets of trees and of single logs, carried out on real files.
struct SpaceTests {
    /// One log floods, nine are quiet and have older archives.
    private func flood(_ sandbox: Sandbox, _ directives: String) throws {
        try sandbox.configure("minkeep 0\nspace LOG {\nbudget 2M\n\(directives)\n}\nLOG/*.log {\nsize 10M\n}\n")
        for number in 1...20 {
            try sandbox.fill("log/flood.log.\(number).gz", kibibytes: 200, ageDays: Double(number) / 100)
        }
        for quiet in 1...9 {
            for number in 1...3 {
                try sandbox.fill("log/q\(quiet).log.\(number).gz", kibibytes: 40, ageDays: Double(number + quiet))
            }
            try sandbox.write("log/q\(quiet).log", "quiet\n")
        }
        try sandbox.write("log/flood.log", "flood\n")
    }

    @Test func aFloodPaysWithItsOwnHistoryUnderFair() throws {
        let sandbox = try Sandbox()
        try flood(sandbox, "evict fair")
        let run = try sandbox.spillway()
        #expect(run.status == 0 && run.error == "" && run.output == "")
        let names = try sandbox.names()
        for quiet in 1...9 {
            for number in 1...3 { #expect(names.contains("q\(quiet).log.\(number).gz")) }
        }
        // The newest of the flood are left, and no more went than had to.
        let left = names.filter { $0.hasPrefix("flood.log.") }.count
        #expect(left > 0 && left < 20)
        for number in 1...left { #expect(names.contains("flood.log.\(number).gz")) }
        let used = try sandbox.usedKibibytes()
        #expect(used <= 2048 && used > 2048 - 200)
        let again = try sandbox.spillway(["--json"])
        #expect(try sandbox.steps(again).isEmpty)
    }

    /// The script of XenServer: while du(1) says more than the budget, the oldest archive is deleted.
    @Test func underOldestGoesWhatTheScriptWouldHaveDeleted() throws {
        let sandbox = try Sandbox()
        try flood(sandbox, "evict oldest\npurge *.gz")
        try sandbox.shell(
            """
            cp -a log script
            while [ $(du -sk script | cut -f1) -gt 2048 ]; do
                rm "script/$(ls -tr script | grep '\\.gz$' | head -1)"
            done
            """)
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == sandbox.names("script"))
        // The quiet ones have older archives, and lose all of them.
        #expect(try sandbox.names().allSatisfy { !$0.hasPrefix("q") || !$0.hasSuffix(".gz") })
    }

    @Test func everyEvictionSaysWhichRuleHowManyBytesAndWhoseLevel() throws {
        let sandbox = try Sandbox()
        try flood(sandbox, "evict fair")
        let log = sandbox.path("log")
        let run = try sandbox.spillway(["-n"])
        #expect(run.output.hasPrefix("\(log): 5 MiB of 2 MiB used\n"), "\(run.output)")
        #expect(
            run.output.contains(
                "  remove \(log)/flood.log.20.gz (200 KiB for the budget of 2 MiB: its log has 3.9 MiB, the level is "),
            "\(run.output)")
    }

    @Test func aDryRunPrintsThePlanAndChangesNothing() throws {
        let sandbox = try Sandbox()
        try flood(sandbox, "evict fair\nlive 9M 1M")
        try sandbox.write("log/.spillway-x.new", "left over")
        // A run was ended between the new name and the emptying.
        try sandbox.fill("log/.spillway-gone-7", kibibytes: 40, ageDays: 3)
        let before = try sandbox.shell("cd log && stat -c '%n %s %X %Y %Z' . * .s*").output
        let planned = try sandbox.steps(try sandbox.spillway(["-n", "--json"]))
        #expect(try sandbox.shell("cd log && stat -c '%n %s %X %Y %Z' . * .s*").output == before)
        let done = try sandbox.steps(try sandbox.spillway(["--json"]))
        #expect(
            planned == done && done.contains("remove .spillway-x.new leftover")
                && done.contains("remove .spillway-gone-7 leftover"), "\(planned)\n\(done)")
        #expect(done.count > 5)
        #expect(try sandbox.names().allSatisfy { !$0.hasPrefix(".") })
    }

    @Test func whatIsNotOursCostsNoHistory() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("space LOG {\nbudget 1M\n}\nLOG/*.log {\n}\n")
        for number in 1...3 { try sandbox.fill("log/a.log.\(number).gz", kibibytes: 64) }
        try sandbox.write("log/a.log", "x\n")
        try sandbox.fill("log/filler", kibibytes: 1500)
        let before = try sandbox.names()
        let run = try sandbox.spillway()
        #expect(run.status == 1)
        #expect(run.error.contains("space \(sandbox.path("log")): "))
        #expect(
            run.error.contains("over its budget of 1 MiB; what is no log's and no archive has 1.5 MiB"), "\(run.error)")
        #expect(run.error.contains("most is taken by \(sandbox.path("log"))/filler (1.5 MiB)"))
        #expect(try sandbox.names() == before)
        // The figures change, the message is the same: it is told hourly.
        try sandbox.fill("log/filler", kibibytes: 1800)
        let again = try sandbox.spillway()
        #expect(again.status == 1 && again.error == "")
    }

    @Test func anArchiveThatSomebodyReadsIsLeftOut() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("space LOG {\nbudget 1M\n}\nLOG/*.log {\n}\n")
        for number in 1...6 { try sandbox.fill("log/a.log.\(number).gz", kibibytes: 300, ageDays: Double(number)) }
        try sandbox.write("log/a.log", "x\n")
        let oldest = open(sandbox.path("log/a.log.6.gz"), O_RDONLY | O_CLOEXEC)
        try #require(oldest >= 0)
        defer { close(oldest) }
        let plan = try sandbox.steps(try sandbox.spillway(["-n", "--json"]))
        let run = try sandbox.spillway(["--json"])
        #expect(run.status == 0)
        #expect(try sandbox.steps(run) == plan)
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "a.log.2.gz", "a.log.6.gz"])
        #expect(heldDeletedFiles(below: sandbox.path("log")) == [])
    }

    /// A log that this very run renamed, and whose writer goes on: nothing of it is archived yet.
    @Test func aRenamedLogThatIsStillWrittenIsNoArchive() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "minkeep 0\nsignalwait 1s\nspace LOG {\nminfree 99%\n}\nLOG/*.log {\nsize 10k\ncreate\npostrotate\ntrue\nendscript\n}\n"
        )
        try sandbox.fillLog("log/a.log", kibibytes: 100)
        let held = open(sandbox.path("log/a.log"), O_WRONLY | O_APPEND | O_CLOEXEC)
        try #require(held >= 0)
        defer { close(held) }
        let run = try sandbox.spillway()
        #expect(run.status == 1 && run.error.contains("archives that cannot go now 100 KiB"), "\(run.error)")
        #expect(try sandbox.names() == ["a.log", "a.log.1"])
        #expect(try sandbox.size(sandbox.path("log/a.log.1")) == 100 << 10)
    }

    /// A unit that was mistyped costs no history.
    @Test func aFloorThatIsMoreThanTheDiskTakesNothing() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("space LOG {\nminfree 900T\n}\nLOG/*.log {\ndaily\n}\n")
        for number in 1...3 { try sandbox.fill("log/a.log.\(number).gz", kibibytes: 10) }
        try sandbox.write("log/a.log", "x\n")
        let run = try sandbox.spillway()
        #expect(
            run.status == 1 && run.error.contains("minfree is 900 TiB, more than its file system has"), "\(run.error)")
        #expect(try sandbox.names().count == 4)
        let check = try sandbox.run(Sandbox.spillway, ["check", sandbox.path("conf")])
        #expect(check.status == 1 && check.output.contains("minfree can never be met"))
    }

    @Test func minkeepHoldsAgainstABudget() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("space LOG {\nbudget 100k\n}\nLOG/*.log {\nminkeep 2\n}\n")
        for log in ["a", "b"] {
            for number in 1...4 { try sandbox.fill("log/\(log).log.\(number).gz", kibibytes: 100) }
            try sandbox.write("log/\(log).log", "x\n")
        }
        let run = try sandbox.spillway()
        #expect(run.status == 1 && run.error.contains("archives that minkeep spares 400 KiB"), "\(run.error)")
        #expect(
            try sandbox.names() == [
                "a.log", "a.log.1.gz", "a.log.2.gz", "b.log", "b.log.1.gz", "b.log.2.gz",
            ])
    }

    @Test func archivesOfLogsThatAreGoneAndInOlddirGoToo() throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("log/old")
        try sandbox.configure("minkeep 0\nspace LOG {\nbudget 300k\n}\nLOG/*.log {\nolddir old\nsize 10M\n}\n")
        for number in 1...5 {
            try sandbox.fill("log/old/gone.log.\(number).gz", kibibytes: 100, ageDays: Double(number))
        }
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names("log/old") == ["gone.log.1.gz", "gone.log.2.gz"])
    }

    @Test func purgedFilesCountAsOneLog() throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("log/sub")
        try sandbox.configure("space LOG {\nbudget 500k\npurge *.dump LOG/sub/*.core\n}\nLOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "x\n")
        for number in 1...4 {
            try sandbox.fill("log/\(number).dump", kibibytes: 100, ageDays: Double(number))
            try sandbox.fill("log/sub/\(number).core", kibibytes: 100, ageDays: Double(number) + 0.5)
            try sandbox.fill("log/\(number).core", kibibytes: 4)
        }
        let run = try sandbox.spillway()
        #expect(run.status == 0 && run.error == "", "\(run.error)")
        #expect(try sandbox.names().filter { $0.hasSuffix(".core") }.count == 4)
        #expect(try sandbox.names().filter { $0.hasSuffix(".dump") } == ["1.dump", "2.dump"])
        #expect(try sandbox.names("log/sub") == ["1.core", "2.core"])
    }

    @Test func aSpaceInASpaceBelongsToItself() throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("log/in")
        try sandbox.configure(
            "space LOG {\nbudget 300k\n}\nspace LOG/in {\nbudget 1M\n}\nLOG/*.log LOG/in/*.log {\n}\n")
        for number in 1...5 {
            try sandbox.fill("log/in/a.log.\(number).gz", kibibytes: 150, ageDays: Double(number))
            try sandbox.fill("log/b.log.\(number).gz", kibibytes: 100, ageDays: Double(number))
        }
        try sandbox.write("log/in/a.log", "x\n")
        try sandbox.write("log/b.log", "x\n")
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names("log/in").count == 6)
        #expect(try sandbox.names().filter { $0.hasSuffix(".gz") } == ["b.log.1.gz", "b.log.2.gz"])
    }

    @Test func theFewestBiggestLogsAreRotatedWhenTheLiveOnesAreTooMuch() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("space LOG {\nlive 1M 400k\n}\nLOG/*.log {\nsize 10M\n}\n")
        for (name, kibibytes) in [("a", 600), ("b", 300), ("c", 100), ("d", 20)] {
            try sandbox.fillLog("log/\(name).log", kibibytes: kibibytes)
        }
        // 1020 KiB are less than the trigger.
        let quiet = try sandbox.spillway(["--json"])
        #expect(try sandbox.steps(quiet).isEmpty)
        try sandbox.fillLog("log/d.log", kibibytes: 24)
        let plan = try sandbox.spillway(["-n"])
        #expect(
            plan.output.contains("a.log: due: it has 600 KiB, and all live logs together 1 MiB; live is 1 MiB 400 KiB"))
        #expect(try sandbox.spillway().status == 0)
        // 24 + 100 stay; with b it would be 424.
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "b.log", "b.log.1.gz", "c.log", "d.log"])
    }

    @Test func theBiggestLiveLogIsCutBeforeHistoryGoes() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("space LOG {\nbudget 1M\n}\nLOG/*.log {\nsize 10M\n}\n")
        try sandbox.fillLog("log/a.log", kibibytes: 700)
        try sandbox.fillLog("log/b.log", kibibytes: 200)
        for number in 1...4 { try sandbox.fill("log/b.log.\(number).gz", kibibytes: 100) }
        let run = try sandbox.spillway(["-v"])
        #expect(run.status == 0)
        #expect(run.output.contains("for its budget, and this is one of its biggest logs"), "\(run.output)")
        #expect(
            try sandbox.names() == [
                "a.log", "a.log.1.gz", "b.log", "b.log.1.gz", "b.log.2.gz", "b.log.3.gz", "b.log.4.gz",
            ])
    }

    @Test func aLogOverItsOwnTotalLosesItsOldest() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\nsize 10M\nmaxtotal 500k\n}\n")
        for number in 1...8 {
            try sandbox.fill("log/a.log.\(number).gz", kibibytes: 100)
            try sandbox.fill("log/b.log.\(number).gz", kibibytes: 40)
        }
        try sandbox.fillLog("log/a.log", kibibytes: 20)
        try sandbox.fillLog("log/b.log", kibibytes: 100)
        let plan = try sandbox.steps(try sandbox.spillway(["-n", "--json"]))
        let run = try sandbox.spillway(["--json"])
        #expect(run.status == 0)
        #expect(try sandbox.steps(run) == plan)
        #expect(try sandbox.steps(run) == (5...8).reversed().map { "remove a.log.\($0).gz maxtotal" })
        // A live log that has more than half of it is cut: no archive could make room for it.
        try sandbox.fillLog("log/b.log", kibibytes: 300)
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names().filter { $0.hasPrefix("b.log") }.count == 10)
    }

    @Test func figuresOfSpacesAreInTheMetrics() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("space LOG {\nbudget 2M\nminfree 1k\n}\nLOG/*.log {\n}\n")
        try sandbox.fill("log/a.log.1.gz", kibibytes: 100)
        #expect(try sandbox.spillway(["--metrics", sandbox.path("figures")]).status == 0)
        let text = try sandbox.read("figures")
        let label = "{path=\"\(sandbox.path("log"))\"}"
        #expect(text.contains("spillway_space_used_bytes\(label) 10"))
        #expect(text.contains("spillway_space_budget_bytes\(label) 2097152\n"))
        #expect(text.contains("spillway_space_minfree_bytes\(label) 1024\n"))
        #expect(text.contains("spillway_space_free_bytes\(label) "))
    }

    @Test func aRunForSomeLogsTouchesNoOthers() throws {
        let sandbox = try Sandbox()
        try flood(sandbox, "evict fair")
        let before = try sandbox.names()
        #expect(try sandbox.spillway(["--only", "q1.log"]).status == 0)
        #expect(try sandbox.names() == before)
    }

    /// A stanza with a mistake in it might keep more than it says.
    @Test func aMistakeCostsNoHistory() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "space LOG {\nbudget 300k\npurge *.gz\n}\nLOG/a.log {\nrotat 9\n}\nLOG/b.log {\nsize 10M\n}\n")
        for number in 1...3 {
            try sandbox.fill("log/a.log.\(number).gz", kibibytes: 60, ageDays: 9)
            try sandbox.fill("log/b.log.\(number).gz", kibibytes: 60, ageDays: Double(number))
        }
        #expect(try sandbox.spillway().status == 1)
        #expect(
            try sandbox.names() == ["a.log.1.gz", "a.log.2.gz", "a.log.3.gz", "b.log.1.gz"])
    }

    @Test func aTreeThatIsNotThereIsSaid() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("space LOG/none {\nbudget 2M\n}\nLOG/*.log {\nsize 1\n}\n")
        try sandbox.write("log/a.log", "x\n")
        let run = try sandbox.spillway()
        #expect(run.status == 1 && run.error.contains("conf:1:1: space \(sandbox.path("log"))/none: "), "\(run.error)")
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
    }
}
