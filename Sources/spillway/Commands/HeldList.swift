import HostObservation
import LinuxSystem
import RotationCore
import RotationEngine

/// `spillway held` without `--reclaim`: the list.
struct HeldList {
    var paths: [String] = []
    var minimumBytes: Int64 = 1
    var json = false
    /// Whether libraries are looked for too.
    var isComplete = false

    func look() throws(WalkError) -> HeldFiles {
        try HeldFiles.look(under: paths.map { Path($0) }, minimumBytes: minimumBytes, isComplete: isComplete)
    }

    /// Prints it; how this process ends.
    func run() -> ExitStatus {
        let held: HeldFiles
        do throws(WalkError) {
            held = try look()
        } catch {
            Output.standardError("spillway: \(error)")
            return .failure
        }
        let reclaim = HeldReclaim(archiveDirectory: nil, insists: false)
        let rows = held.files.map { HeldRow(file: $0, obstacle: reclaim.obstacle(of: $0)) }
        if json {
            Output.standardOutput(HeldJSON.render(held, rows))
            HeldText.tellObstacle(held)
        } else {
            HeldText.list(held, rows, advice: HeldAdvice(rows: rows, paths: paths.map { Path($0) }))
        }
        return held.obstacle == nil ? .success : .failure
    }
}
