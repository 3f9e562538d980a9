package import Gzip
import HostObservation
import LinuxChanges
import LinuxSystem
package import RotationCore

extension GzipWorkers {
    /// The threads that compress in a run: `workers`, `nice` and `ioclass`. nil where one is enough: then the run's own does
    /// the work, and none is started.
    package static func threads(_ settings: RunSettings) -> GzipWorkers? {
        guard settings.workers != 1 else { return nil }
        let (nice, ioClass, isHurried) = (settings.nice, settings.ioClass, settings.isHurried)
        return GzipWorkers(count: min(settings.workers ?? .max, Priorities.processorCount)) {
            guard !isHurried else { return }
            Priorities.lowerThread(nice: nice, ioClass: ioClass == .idle ? .idle : .bestEffort)
        }
    }
}
