public import LinuxSystem

/// Why a deleted file that is still held is not freed.
public enum HeldObstacle: Hashable, Sendable {
    /// This process has it mapped.
    case mapped(Holder)
    /// This process runs it: the kernel lets nobody write to a program.
    case runs(Holder)
    /// This process also reads it: a scratch file, whose program would break.
    case readsAndWrites(Holder)
    /// This process reads it.
    case reader(Holder)
    /// It never had a name, and its program may still give it one.
    case unnamed
    /// It is to be saved first, and this process writes before its end, where it could be overwritten meanwhile.
    case ownOffsets(Holder)
    /// The file system has no holes, and this process does not append: truncated, it would leave a file of NULs.
    case noHoles(Holder)
}

extension HeldObstacle: CustomStringConvertible {
    /// A sentence without the file's name.
    public var description: String {
        func name(_ holder: Holder) -> String { "\(holder.command) (pid \(holder.process))" }
        return switch self {
        case .mapped(let holder): "\(name(holder)) has it mapped"
        case .runs(let holder): "\(name(holder)) runs it"
        case .readsAndWrites(let holder): "\(name(holder)) reads and writes it"
        case .reader(let holder): "\(name(holder)) reads it"
        case .unnamed: "it never had a name, and its program may still give it one"
        case .ownOffsets(let holder): "\(name(holder)) does not write at its end, so it cannot be saved as it is"
        case .noHoles(let holder):
            "\(name(holder)) does not append, and the file system cannot free a part of a file"
        }
    }
}

/// Whether, and how far, a deleted file that is still held may be freed.
public enum HeldDecision: Hashable, Sendable {
    /// The bytes before this offset.
    case free(upTo: Int64)
    /// Nothing.
    case refused(HeldObstacle)

    /// Only a file that everybody only writes to can be spared by everybody.
    ///
    /// - Parameters:
    ///   - holders: all that have it open or mapped.
    ///   - saves: the content is saved first: then nothing is freed that a writer could change in between, which is what
    ///     lies behind the position of one that does not append.
    ///   - insists: the user has named the file and wants it freed whoever holds it.
    public static func decide(
        holders: [Holder], sizeBytes: Int64, isUnnamed: Bool, saves: Bool, insists: Bool
    ) -> HeldDecision {
        if insists { return .free(upTo: sizeBytes) }
        if let holder = holders.first(where: { $0.descriptor == nil }) { return .refused(.mapped(holder)) }
        if let holder = holders.first(where: { $0.access == .readingAndWriting }) {
            return .refused(.readsAndWrites(holder))
        }
        if let holder = holders.first(where: { $0.access == .reading }) { return .refused(.reader(holder)) }
        if isUnnamed { return .refused(.unnamed) }
        guard saves else { return .free(upTo: sizeBytes) }
        var limit = sizeBytes
        for holder in holders where !holder.appends {
            if holder.position <= 0, sizeBytes > 0 { return .refused(.ownOffsets(holder)) }
            limit = min(limit, holder.position)
        }
        return .free(upTo: limit)
    }
}
