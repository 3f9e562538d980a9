import LinuxSystem
import RotationCore
import Testing

struct AbandonRuleTests {
    private static let now = Timestamp.utc(2026, 11, 22, 10, 30)
    private static let day: Int64 = 86400

    private func plan(
        _ directives: String = "abandoned 7d", bytes: Int64, ageDays: Int64, isUnheld: Bool = true,
        wasAbandoned: Bool = false, force: Bool = false, links: UInt64 = 1
    ) throws -> (decision: Decision, steps: [PlannedStep]) {
        let stanza = try #require(parse("/l/x.*.log {\n\(directives)\n}\n").stanzas.first)
        let status = FileStatus(
            identity: FileIdentity(device: 1, inode: 9), kind: .regular, mode: 0o644, linkCount: links,
            sizeBytes: bytes, modified: Timestamp(seconds: Self.now.seconds - ageDays * Self.day))
        var log = LogObservation(path: "/l/x.1.log", finding: .present(status), directory: nil)
        log.isUnheld = isUnheld
        log.wasAbandoned = wasAbandoned
        let planner = Planner(now: Self.now, zone: TableZone.utc, force: force)
        let decision = planner.due.decide(log, stanza.settings)
        var claims = Planner.NameClaims()
        var archives: ArchiveObservation?
        if case .rotate = decision {
            archives = ArchiveObservation(
                directory: "/l",
                status: FileStatus(
                    identity: FileIdentity(device: 1, inode: 1), kind: .directory, mode: 0o755, sizeBytes: 0,
                    modified: Self.now))
        }
        let item = Planner.Item(log: log, decision: decision, archives: archives)
        return (decision, planner.plan(stanza, [item], claims: &claims).steps)
    }

    @Test(arguments: ["", "signal HUP\nnocreate", "create", "delaycompress", "copy", "method rename"])
    func itIsArchivedWholeAndCompressedInPlace(_ directives: String) throws {
        let (decision, steps) = try plan("abandoned 7d\n" + directives, bytes: 10, ageDays: 8)
        #expect(decision == .rotate(.abandoned(ageSeconds: 8 * Self.day, limitSeconds: 7 * Self.day)))
        guard case .cut("/l/x.1.log", "/l/x.1.log.1.gz"?, .gzip?, _) = steps.first?.step else {
            Issue.record("\(steps)")
            return
        }
        #expect(steps.count == 1)
    }

    @Test func itIsRemovedOnceItIsEmpty() throws {
        let removal = Step.remove("/l/x.1.log", shredCycles: nil)
        #expect(try plan(bytes: 0, ageDays: 0, wasAbandoned: true).steps.map(\.step) == [removal])
        // It never held anything.
        #expect(try plan(bytes: 0, ageDays: 8).steps.map(\.step) == [removal])
        #expect(try plan(bytes: 0, ageDays: 8, force: true).steps.map(\.step) == [removal])
    }

    @Test func itStaysWhereSomebodyHasItOrWroteToIt() throws {
        #expect(try plan(bytes: 10, ageDays: 8, isUnheld: false).steps.isEmpty)
        #expect(try plan(bytes: 10, ageDays: 6).steps.isEmpty)
        #expect(try plan(bytes: 10, ageDays: -3).steps.isEmpty)
        #expect(try plan(bytes: 0, ageDays: 6).steps.isEmpty)
        #expect(try plan(bytes: 0, ageDays: 8, isUnheld: false, wasAbandoned: true).steps.isEmpty)
        #expect(try plan(bytes: 0, ageDays: 8, links: 2).steps.isEmpty)
        #expect(try plan("", bytes: 10, ageDays: 800).steps.isEmpty)
    }
}
