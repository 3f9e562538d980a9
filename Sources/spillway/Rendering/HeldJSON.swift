import HostObservation
import LinuxSystem
import RotationCore
import RotationEngine

/// Deleted files as JSON, with the keys that scripts rely on.
enum HeldJSON {
    static func render(_ held: HeldFiles, _ rows: [HeldRow]) -> String {
        JSONValue.object([
            ("files", .array(rows.map(file))), ("bytes", .integer(held.totalBytes)),
            ("unreadable", .integer(Int64(held.unreadableProcesses))),
        ]).text
    }

    private static func file(_ row: HeldRow) -> JSONValue {
        let status = row.file.status
        var members: [(String, JSONValue)] = [
            ("path", .path(row.file.path)), ("device", .integer(Int64(clamping: status.identity.device))),
            ("inode", .integer(Int64(clamping: status.identity.inode))), ("size", .integer(status.sizeBytes)),
            ("allocated", .integer(status.allocatedBytes)), ("holders", .array(row.file.holders.map(holder))),
        ]
        switch row.outcome {
        case nil: members.append(("obstacle", row.obstacle.map { .text("\($0)") } ?? .null))
        case .freed(let bytes, _)?:
            members += [("result", .text("freed")), ("freed", .integer(bytes)), ("obstacle", .null)]
        case .gone?: members += [("result", .text("gone")), ("freed", .integer(0)), ("obstacle", .null)]
        case .refused(let obstacle, _)?:
            members += [("result", .text("refused")), ("freed", .integer(0)), ("obstacle", .text("\(obstacle)"))]
        case .failed(let message, _)?:
            members += [("result", .text("failed")), ("freed", .integer(0)), ("obstacle", .text(message))]
        }
        if row.outcome != nil { members.append(("archive", row.archive.map { .path($0) } ?? .null)) }
        return .object(members)
    }

    private static func holder(_ holder: Holder) -> JSONValue {
        .object([
            ("pid", .integer(Int64(holder.process))), ("command", .path(holder.command)),
            ("user", .text(HeldText.user(holder))),
            ("fd", holder.descriptor.map { .integer(Int64($0)) } ?? .null),
            ("append", holder.appends ? .true : .false), ("access", .text(HeldText.access(holder))),
        ])
    }
}
