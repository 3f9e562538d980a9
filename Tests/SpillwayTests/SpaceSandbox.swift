import Foundation
import Testing

extension Sandbox {
    /// An archive, or any other file, of so many KiB that compress to nothing less.
    func fill(_ name: String, kibibytes: Int, ageDays: Double = 0) throws {
        try shell("head -c \(kibibytes * 1024) /dev/urandom > \(name)")
        let modified = Date(timeIntervalSinceNow: -ageDays * 86400)
        try FileManager.default.setAttributes([.modificationDate: modified], ofItemAtPath: path(name))
    }

    /// A log of so many KiB of lines.
    func fillLog(_ name: String, kibibytes: Int) throws {
        try shell("yes 'a line of a log that says nothing new' | head -c \(kibibytes * 1024) > \(name)")
    }

    /// What a directory occupies, in KiB, as du(1) counts.
    func usedKibibytes(_ directory: String = "log") throws -> Int {
        Int(try shell("du -sk \(directory) | cut -f1").output.dropLast()) ?? -1
    }

    /// What is free on a file system, in KiB.
    func freeKibibytes(_ directory: String = "log") throws -> Int {
        Int(try shell("df -k --output=avail \(directory) | tail -1 | tr -d ' '").output.dropLast()) ?? -1
    }

    /// The steps of a report: kind, name and reason.
    func steps(_ run: Finished) throws -> [String] {
        let report = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        let steps = try #require(report?["steps"] as? [[String: Any]])
        return try steps.map { step in
            let path = try #require(step["path"] as? String)
            return "\(step["kind"] ?? "") \(path.split(separator: "/").last ?? "") \(step["reason"] ?? "")"
        }
    }
}
