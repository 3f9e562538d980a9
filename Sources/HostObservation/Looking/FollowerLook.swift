package import LinuxSystem
package import RotationCore

extension TriedFollower {
    /// The holder, and whether its program is one of those that were tried. Nearly always the name tells that it is not.
    package static func marked(_ holder: Holder) -> Holder {
        guard !holder.canWrite, holder.descriptor != nil, holder.command == command else { return holder }
        var holder = holder
        // What cannot be looked at was not tried.
        guard let program = try? HolderTable.program(of: holder, limitBytes: programLimitBytes),
            let usesInotify = try? HolderTable.usesInotify(holder)
        else { return holder }
        holder.followsShrunkFile = isOne(command: holder.command, program: program, usesInotify: usesInotify)
        return holder
    }
}
