import Foundation
import Testing

/// `spillway held`: deleted files that processes hold. Always with a path: other processes of this machine are left alone.
@Suite(.enabled(if: hasProgram("/usr/bin/perl"), "perl is missing: apt-get install perl-base"))
struct HeldTests {
    private func held(_ sandbox: Sandbox, _ arguments: [String]) throws -> Finished {
        try sandbox.run(Sandbox.spillway, ["held"] + arguments)
    }

    private func reclaim(_ sandbox: Sandbox, _ arguments: [String] = [], path: String? = nil) throws -> Finished {
        try held(sandbox, ["--reclaim", "--yes"] + arguments + [path ?? sandbox.path("log")])
    }

    @Test func deletedFilesAreListedByTheirSize() throws {
        let sandbox = try Sandbox()
        let writers = try [
            HeldWriter(sandbox, "log/small.log", .append, fillBytes: 100_000),
            HeldWriter(sandbox, "log/large.log", .write, fillBytes: 400_000),
            HeldWriter(sandbox, "log/named.log", .append),
        ]
        try sandbox.makeDirectory("log2")
        let other = try HeldWriter(sandbox, "log2/other.log", .append)
        try sandbox.shell("rm log/small.log log/large.log log2/other.log")
        let run = try held(sandbox, [sandbox.path("log")])
        #expect(run.status == 0)
        let lines = run.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first == ["OCCUPIES", "USER", "PID", "COMMAND", "FD", "ACCESS", "FILE"])
        #expect(
            lines.dropFirst().prefix(2).map { Array($0.suffix(5)) } == [
                ["\(writers[1].process.processIdentifier)", "perl", "9", "write", sandbox.path("log/large.log")],
                ["\(writers[0].process.processIdentifier)", "perl", "9", "append", sandbox.path("log/small.log")],
            ])
        #expect(lines[3].prefix(2) == ["2", "files,"])
        // Small ones are left out, and the name of the file itself is a path too.
        #expect(try held(sandbox, ["--min-size", "300K", sandbox.path("log")]).output.contains("1 file, "))
        #expect(try held(sandbox, [sandbox.path("log2/other.log")]).output.contains("1 file, "))
        #expect(other.isAlive)
        #expect(
            try held(sandbox, [sandbox.path("log/named.log")]).output
                == "no deleted file that is still held takes space here\n")
    }

    /// Who owns a directory of logs does not say whose deleted files are meant.
    @Test(.enabled(if: geteuid() == 0, "only root has rights that others could abuse"))
    func aLinkOfOthersLeadsNowhere() throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("other")
        let writer = try HeldWriter(sandbox, "other/a.log", .append, pauseSeconds: 60, fillBytes: 300_000)
        try sandbox.shell("rm other/a.log; chown 65534 log; ln -s ../other log/link; ln -s other own")
        for path in ["log/link", "log/link/a.log"] {
            for run in [try reclaim(sandbox, path: sandbox.path(path)), try held(sandbox, [sandbox.path(path)])] {
                #expect(run.status == 1 && run.output == "", "\(run)")
                #expect(
                    run.error.contains(
                        "\(sandbox.path("log/link")) is a symbolic link that others than root can put there"),
                    "\(run)")
            }
        }
        #expect(try writer.allocatedBytes() > 300_000)
        #expect(try reclaim(sandbox, path: sandbox.path("own/a.log")).status == 0)
        #expect(try writer.allocatedBytes() < 100_000)
    }

    @Test func theJSONHasTheKeysOfTheContract() throws {
        let sandbox = try Sandbox()
        let writer = try HeldWriter(sandbox, "log/a.log", .append, pauseSeconds: 60, fillBytes: 100_000)
        let status = try sandbox.shell("stat -c '%d %i %s %b' log/a.log").output.split { " \n".contains($0) }.map {
            Int($0)
        }
        try sandbox.shell("rm log/a.log")
        let run = try held(sandbox, ["--json", sandbox.path("log")])
        let report = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        let file = try #require((report["files"] as? [[String: Any]])?.first)
        #expect(file["path"] as? String == sandbox.path("log/a.log"))
        #expect(["device", "inode", "size"].map { file[$0] as? Int } == Array(status.prefix(3)))
        #expect(file["allocated"] as? Int == (status[3] ?? 0) * 512)
        #expect(report["bytes"] as? Int == file["allocated"] as? Int)
        let holder = try #require((file["holders"] as? [[String: Any]])?.first)
        #expect(holder["pid"] as? Int == Int(writer.process.processIdentifier))
        #expect(holder["command"] as? String == "perl" && holder["fd"] as? Int == 9)
        #expect(holder["append"] as? Bool == true)
        #expect(file["obstacle"] is NSNull)
    }

    @Test(arguments: [HeldWriter.Opening.append, .write])
    func aFileThatIsOnlyWrittenToIsFreedAndItsWriterGoesOn(_ opening: HeldWriter.Opening) throws {
        let sandbox = try Sandbox()
        let writer = try HeldWriter(sandbox, "log/a.log", opening, fillBytes: 3_000_000)
        try sandbox.shell("rm log/a.log")
        let run = try reclaim(sandbox)
        #expect(run.status == 0 && !run.error.contains("not freed"))
        #expect(run.output.contains("\(sandbox.path("log/a.log")): ") && run.output.contains(" MiB freed"))
        #expect(try writer.allocatedBytes() < 1_500_000)
        try writer.waitForMore()
        #expect(writer.isAlive)
        // What it wrote later is there, line after line.
        let numbers = records(try writer.content().components(separatedBy: "\n").dropFirst().joined(separator: "\n"))
        #expect(numbers.count > 10 && numbers == Array((numbers.first ?? 0)..<(numbers.first ?? 0) + numbers.count))
    }

    /// Without a hole there is only the truncation, which is for writers that append.
    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func withoutHolesOnlyAppendersAreTruncated() throws {
        let sandbox = try Sandbox()
        let appender = try HeldWriter(sandbox, "log/a.log", .append, fillBytes: 1_000_000)
        let other = try HeldWriter(sandbox, "log/b.log", .write, fillBytes: 1_000_000)
        try sandbox.makeDirectory("saved")
        try sandbox.shell("rm log/*.log")
        let run = try sandbox.run(
            "/usr/bin/strace",
            [
                "-f", "-o", "/dev/null", "-e", "trace=fallocate", "-e", "inject=fallocate:error=EOPNOTSUPP",
                Sandbox.spillway, "held", "--reclaim", "--yes", "--archive", sandbox.path("saved"), sandbox.path("log"),
            ])
        #expect(run.status == 1)
        #expect(run.error.contains("b.log is not freed: perl (pid \(other.process.processIdentifier)) does not append"))
        #expect(try other.allocatedBytes() > 1_000_000)
        #expect(try appender.allocatedBytes() < 500_000)
        try appender.waitForMore()
        let archive = try #require(try sandbox.names("saved").first { $0.hasPrefix("a.log") })
        let numbers = records(try sandbox.content("saved/\(archive)") + appender.content())
        #expect(numbers == Array(1...max(1, numbers.count)))
    }

    @Test(arguments: [HeldWriter.Opening.append, .write])
    func theArchiveAndWhatComesLaterAreTheWholeLog(_ opening: HeldWriter.Opening) throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("saved")
        // It floods while it is saved.
        let writer = try HeldWriter(sandbox, "log/a.log", opening, pauseSeconds: 0.0002, fillBytes: 8_000_000)
        try sandbox.shell("chmod 640 log/a.log; chgrp 7 log/a.log 2>/dev/null || true")
        let attributes = try sandbox.shell("stat -c '%a %u %g %i' log/a.log; rm log/a.log").output.dropLast()
        let inode = attributes.split(separator: " ")[3]
        var text = ""
        for name in ["a.log.held-\(inode).gz", "a.log.held-\(inode)-2.gz"] {
            let run = try reclaim(sandbox, ["--archive", sandbox.path("saved")])
            #expect(run.status == 0 && run.output.contains("freed; its content is in \(sandbox.path("saved"))/\(name)"))
            text += try sandbox.content("saved/\(name)")
            #expect(
                try sandbox.shell("stat -c '%a %u %g' saved/\(name)").output.dropLast()
                    == attributes.split(separator: " ").prefix(3).joined(separator: " "))
            try writer.waitForMore()
        }
        #expect(writer.isAlive)
        #expect(text.first == "r" && !text.contains("\0"))
        let numbers = records(try text + writer.content())
        #expect(numbers.count > 2000 && numbers == Array(1...max(1, numbers.count)))
    }

    @Test func whatSomebodyReadsIsOnlyFreedByForce() throws {
        let sandbox = try Sandbox()
        let both = try HeldWriter(sandbox, "log/both.log", .readAndWrite, fillBytes: 200_000)
        let read = try HeldWriter(sandbox, "log/read.log", .append, fillBytes: 200_000)
        let mapped = try HeldWriter(sandbox, "log/mapped.log", .append, fillBytes: 200_000)
        let reader = try FileHandle(forReadingFrom: URL(fileURLWithPath: sandbox.path("log/read.log")))
        let mapping = open(sandbox.path("log/mapped.log"), O_RDONLY)
        let address = mmap(nil, 4096, PROT_READ, MAP_SHARED, mapping, 0)
        close(mapping)
        try sandbox.shell("rm log/*.log")
        let run = try reclaim(sandbox)
        #expect(run.status == 1)
        let own = getpid()
        for reason in [
            "both.log is not freed: perl (pid \(both.process.processIdentifier)) reads and writes it; whoever reads it then finds NULs, but this frees it: spillway held --reclaim --force \(sandbox.path("log"))/both.log",
            "read.log is not freed: spillwayPackage (pid \(own)) reads it",
            "mapped.log is not freed: spillwayPackage (pid \(own)) has it mapped",
        ] { #expect(run.error.contains(reason), "\(run.error)") }
        for writer in [both, read, mapped] { #expect(try writer.allocatedBytes() >= 200_000) }
        // The same is told without trying.
        #expect(try held(sandbox, ["--json", sandbox.path("log")]).output.contains("\"obstacle\":\"spillwayPackage"))
        for (name, writer) in [("both", both), ("read", read), ("mapped", mapped)] {
            let forced = try reclaim(sandbox, ["--force"], path: sandbox.path("log/\(name).log"))
            #expect(forced.status == 0, "\(forced.error)")
            #expect(try writer.allocatedBytes() < 200_000)
        }
        munmap(address, 4096)
        try reader.close()
    }

    /// Kernels before 6.11 do not answer questions about single mappings: then all of /proc/PID/maps is read.
    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func mappingsAreSeenOnEveryKernel() throws {
        let sandbox = try Sandbox()
        try sandbox.write("log/only mapped.log", String(repeating: "x", count: 50_000))
        let file = open(sandbox.path("log/only mapped.log"), O_RDWR)
        let address = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        close(file)
        defer { munmap(address, 4096) }
        try sandbox.shell("rm log/*")
        let arguments = ["held", "--json", sandbox.path("log")]
        let new = try sandbox.run(Sandbox.spillway, arguments)
        let injection = ["-f", "-o", "/dev/null", "-e", "trace=ioctl", "-e", "inject=ioctl:error=ENOTTY"]
        let old = try sandbox.run("/usr/bin/strace", injection + [Sandbox.spillway] + arguments)
        #expect(new.output.contains("/only mapped.log\",") && new.output.contains("\"fd\":null"))
        #expect(new.output == old.output)
        let refused = try reclaim(sandbox)
        #expect(refused.status == 1 && refused.error.contains("has it mapped"))
    }

    /// What is mapped privately is a program, or else told with --mapped; on kernels of every age.
    @Test(
        .enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"),
        arguments: [false, true])
    func programsAreListedAndLibrariesOnDemand(_ isOldKernel: Bool) throws {
        let sandbox = try Sandbox()
        try sandbox.write("log/library", String(repeating: "x", count: 50_000))
        try sandbox.shell("cp /bin/sleep log/program")
        let program = Process()
        program.executableURL = URL(fileURLWithPath: sandbox.path("log/program"))
        program.arguments = ["60"]
        try program.run()
        let library = open(sandbox.path("log/library"), O_RDONLY)
        let address = mmap(nil, 4096, PROT_READ, MAP_PRIVATE, library, 0)
        close(library)
        defer {
            munmap(address, 4096)
            program.terminate()
        }
        // Until then the process is still the one that starts it.
        let link = "/proc/\(program.processIdentifier)/exe"
        try sandbox.shell(
            "until [ \"$(readlink \(link))\" = \"$(readlink -f log/program)\" ]; do sleep 0.05; done; rm log/*")
        let injection = ["-f", "-o", "/dev/null", "-e", "trace=ioctl", "-e", "inject=ioctl:error=ENOTTY"]
        for options in [[], ["--mapped"]] {
            let arguments = ["held"] + options + ["--json", sandbox.path("log")]
            let run =
                isOldKernel
                ? try sandbox.run("/usr/bin/strace", injection + [Sandbox.spillway] + arguments)
                : try sandbox.run(Sandbox.spillway, arguments)
            #expect(run.output.contains("log/program\","), "\(run.output)")
            #expect(run.output.contains("log/library\",") == !options.isEmpty, "\(run.output)")
        }
    }

    /// Few descriptors with large numbers, and gaps: their count does not lead to them.
    @Test func descriptorsAreFoundWhateverTheirNumbers() throws {
        let sandbox = try Sandbox()
        try sandbox.write("log/a.log", String(repeating: "x", count: 50_000))
        let first = open(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let numbers = [41, 300, 901].map { fcntl(first, F_DUPFD_CLOEXEC, $0) }
        close(first)
        defer { for number in numbers { close(number) } }
        try sandbox.shell("rm log/a.log")
        let listing = try held(sandbox, ["--json", sandbox.path("log")]).output
        for number in numbers { #expect(listing.contains("\"fd\":\(number),"), "\(listing)") }
    }

    /// A file made without a name can still get one: it is no deleted file.
    @Test func whatNeverHadANameIsLeftAlone() throws {
        let sandbox = try Sandbox()
        let script = """
            sysopen(my $file, "log", 020200000 | 1, 0600) or exit 7; syswrite($file, "x" x 50000);
            open(my $ready, ">", "ready"); sleep 60;
            """
        let process = try sandbox.start("/usr/bin/perl", ["-e", script])
        defer { kill(process.processIdentifier, SIGKILL) }
        try sandbox.wait { sandbox.exists("ready") }
        let run = try reclaim(sandbox)
        #expect(run.status == 1)
        #expect(run.error.contains("is not freed: it never had a name, and its program may still give it one"))
    }

    @Test func whatCannotBeSavedIsNotFreed() throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("saved")
        let mount = ["-t", "tmpfs", "-o", "size=8k", "tmpfs", sandbox.path("saved")]
        guard try sandbox.run("/bin/mount", mount).status == 0 else {
            Issue.record("whatCannotBeSavedIsNotFreed did not run: it needs the right to mount")
            return
        }
        defer { _ = try? sandbox.run("/bin/umount", ["-l", sandbox.path("saved")]) }
        let writer = try HeldWriter(sandbox, "log/a.log", .append, fillBytes: 200_000)
        try sandbox.shell("rm log/a.log; head -c 8000 /dev/urandom > saved/full")
        let run = try reclaim(sandbox, ["--archive", sandbox.path("saved")])
        #expect(run.status == 1 && run.error.contains("No space left on device"))
        #expect(try writer.allocatedBytes() >= 200_000)
        #expect(try sandbox.names("saved") == ["full"])
        try sandbox.write("conf", "")
        // A directory that cannot be made stops everything before anything is done.
        let missing = try reclaim(sandbox, ["--archive", sandbox.path("conf/missing")])
        #expect(missing.status == 1 && missing.error.contains("nothing was freed"))
        #expect(try records(writer.content()).first == 1)
    }

    @Test func wrongUsageIs64() throws {
        let sandbox = try Sandbox()
        for arguments in [
            ["--archive", "/tmp"], ["--force", "/tmp"], ["--yes"], ["--reclaim", "--yes", "--force"],
            ["--min-size", "x"], ["--reclaim", sandbox.path("log")], ["--reclaim", "--yes", ""],
        ] { #expect(try held(sandbox, arguments).status == 64, "\(arguments)") }
        let run = try held(sandbox, ["--reclaim", sandbox.path("log")])
        #expect(run.error.contains("--yes frees the space without asking"))
    }

    @Test(
        .enabled(if: hasProgram("/usr/bin/script"), "script is missing: apt-get install bsdutils"),
        arguments: ["n", "y"])
    func onATerminalItAsks(_ answer: String) throws {
        let sandbox = try Sandbox()
        let writer = try HeldWriter(sandbox, "log/a.log", .append, fillBytes: 1_000_000)
        try sandbox.shell("rm log/a.log")
        let command = "\(Sandbox.spillway) held --reclaim \(sandbox.path("log"))"
        let run = try sandbox.run("/bin/sh", ["-c", "echo \(answer) | script -qec '\(command)' /dev/null"])
        #expect(run.output.contains("of 1 file; their content is lost? [y/N]"), "\(run.output)")
        #expect(run.status == (answer == "y" ? 0 : 1))
        #expect(try (writer.allocatedBytes() < 500_000) == (answer == "y"))
    }

    /// A file that cannot be told to be held is not left out in silence.
    @Test(
        .enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"),
        arguments: [[], ["--json"], ["--reclaim", "--yes"]])
    func whatProcDoesNotTellIsAnError(_ arguments: [String]) throws {
        let sandbox = try Sandbox()
        let writer = try HeldWriter(sandbox, "log/a.log", .append, fillBytes: 300_000)
        try sandbox.shell("rm log/a.log")
        let place = "/proc/\(writer.process.processIdentifier)/fdinfo/\(writer.number)"
        let strace = [
            "-f", "-qq", "-o", sandbox.path("trace"), "-P", place, "-e", "trace=openat", "-e",
            "inject=openat:error=EIO",
        ]
        let run = try sandbox.run(
            "/usr/bin/strace", strace + [Sandbox.spillway, "held"] + arguments + [sandbox.path("log")])
        #expect(run.status == 1, "\(run)")
        #expect(
            run.error.contains("1 process could not be looked into: cannot open \(place): Input/output error"), "\(run)"
        )
        #expect(try writer.allocatedBytes() > 200_000)
    }

    @Test(.enabled(if: hasProgram("/usr/bin/setpriv"), "setpriv is missing: apt-get install util-linux"))
    func anOrdinaryUserFreesWhatIsHis() throws {
        let sandbox = try Sandbox()
        guard getuid() == 0 else {
            Issue.record("anOrdinaryUserFreesWhatIsHis did not run: it needs root, to become somebody else")
            return
        }
        try sandbox.shell("chmod 755 . log; mkdir his; chown 65534 his; cp \(Sandbox.spillway) his/spillway")
        let roots = try HeldWriter(sandbox, "log/root.log", .append, fillBytes: 200_000)
        let user = "setpriv --reuid=65534 --regid=65534 --clear-groups"
        let process = try sandbox.start(
            "/bin/sh",
            [
                "-c",
                "exec \(user) sh -c 'umask 77; exec 9>>his/a.log; head -c 300000 /dev/zero >&9; touch his/ready; exec sleep 60'",
            ])
        defer { kill(process.processIdentifier, SIGKILL) }
        try sandbox.wait { sandbox.exists("his/ready") }
        try sandbox.shell("rm his/a.log log/root.log")
        let list = try sandbox.shell("\(user) his/spillway held \(sandbox.root)")
        #expect(list.output.contains("his/a.log") && !list.output.contains("root.log"))
        #expect(list.error.contains("could not be looked into; root can"))
        let run = try sandbox.shell(
            "\(user) his/spillway held --reclaim --yes --archive \(sandbox.path("his")) \(sandbox.root); ls his")
        #expect(run.output.contains("his/a.log: 292 KiB freed") || run.output.contains("his/a.log: 29"))
        #expect(run.output.contains("a.log.held-"))
        #expect(try roots.allocatedBytes() >= 200_000)
    }

    /// The incident: a process fills the disk, its log is deleted, and the space comes back without the process being ended.
    @Test(.enabled(if: hasProgram("/usr/sbin/mkfs.ext4"), "mkfs.ext4 is missing: apt-get install e2fsprogs"))
    func aDiskFilledByADeletedLogIsGivenBackAndTheProcessLives() throws {
        let sandbox = try Sandbox()
        try sandbox.shell("truncate -s 100M disk.img; mkfs.ext4 -q -m 0 disk.img; mkdir saved")
        guard try sandbox.run("/bin/mount", ["-o", "loop", "disk.img", sandbox.path("log")]).status == 0 else {
            Issue.record(
                "aDiskFilledByADeletedLogIsGivenBackAndTheProcessLives did not run: it needs the right to mount")
            return
        }
        defer { _ = try? sandbox.run("/bin/umount", ["-l", sandbox.path("log")]) }
        func free() throws -> Int { Int(try sandbox.shell("stat -f -c '%a' log").output.dropLast()) ?? -1 }
        let writer = try HeldWriter(sandbox, "log/tapdisk.2345.log", .write, fillBytes: 60_000_000)
        try sandbox.shell("rm log/tapdisk.2345.log; cat /dev/zero > log/fill 2>/dev/null || true")
        try sandbox.wait { try free() == 0 }
        let run = try held(
            sandbox, ["--archive", sandbox.path("saved"), "--reclaim", "--yes", sandbox.path("log")])
        #expect(run.status == 0, "\(run.error)")
        #expect(run.output.contains("tapdisk.2345.log: 57.") && run.output.contains("freed; its content is in"))
        #expect(try free() > 50_000_000 / 4096)
        try writer.waitForMore()
        #expect(writer.isAlive)
        let archive = try #require(try sandbox.names("saved").first)
        let numbers = records(try sandbox.content("saved/\(archive)") + writer.content())
        #expect(numbers.count > 10_000 && numbers == Array(1...max(1, numbers.count)))
        // The process still writes there when the test is over.
        kill(writer.process.processIdentifier, SIGKILL)
    }
}
