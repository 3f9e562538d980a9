import LinuxSystem
import LogCut
import RotationCore

/// Plans of several stanzas that are carried out side by side, so that the disk is waited for once and not for each: a
/// hundred daemons have a hundred stanzas of a log each.
///
/// In the order that each of them has alone: all names are changed and all logs cut, and on the disk; then the scripts are
/// run, in the order of the stanzas; then everything is compressed, and on the disk; then what is too old goes.
struct StanzaBatch {
    private var executions: [PlanExecution] = []
    private var logCount = 0
    private var scriptCount = 0
    private var bytes: Int64 = 0

    /// Whether nothing waits.
    var isEmpty: Bool { executions.isEmpty }

    /// So many logs are moved before the first of their writers is told.
    private static let mostLogs = 128
    /// So many scripts are run before the first log is compressed: some take seconds.
    private static let mostScripts = 32
    /// Larger logs are not waited for.
    private static let mostBytes: Int64 = 64 << 20

    /// Takes a plan in; false where it cannot be carried out together with what is waiting here, or with anything.
    mutating func take(_ plan: StanzaPlan, in workshop: Workshop) -> Bool {
        let place = plan.place
        let count = plan.groups.reduce(0) { $0 + $1.logs.count }
        let sizes = plan.decisions.reduce(Int64(0)) { $0 + ($1.log.status?.sizeBytes ?? 0) }
        guard count <= Self.mostLogs, sizes <= Self.mostBytes else { return false }
        switch place {
        case .alone: return false
        case .first: guard isEmpty else { return false }
        case .anywhere: break
        case .last: isFull = true
        }
        executions.append(PlanExecution(plan, in: workshop))
        logCount += count
        if plan.groups.contains(where: { $0.postrotate != nil }) { scriptCount += 1 }
        bytes += sizes
        if logCount >= Self.mostLogs || scriptCount >= Self.mostScripts || bytes >= Self.mostBytes { isFull = true }
        return true
    }

    /// Whether it is time to carry out what is waiting.
    private(set) var isFull = false

    /// Carries everything out.
    ///
    /// - Parameter workshop: where cuts are made.
    mutating func perform(in workshop: Workshop, _ memory: inout RunMemory) {
        memory.namesToSync = []
        for index in executions.indices where !StopSignal.arrived { executions[index].prepareTogether(&memory) }
        let cutWell = workshop.performCuts(executions.flatMap(\.cutsAlone), as: nil, &memory)
        for index in executions.indices { executions[index].rotatePrepared(cutWell, &memory) }
        let failures = workshop.syncNames(&memory)
        for index in executions.indices {
            executions[index].keepSynced(failures)
            executions[index].tell(&memory)
        }
        let compressions = executions.flatMap { execution in execution.compressions.map { ($0, execution.settings) } }
        workshop.compressTogether(compressions, &memory)
        for index in executions.indices { executions[index].end(&memory) }
        self = StanzaBatch()
    }
}
