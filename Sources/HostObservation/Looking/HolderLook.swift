package import LinuxSystem
package import RotationCore

/// What the kernel says of a file's holders without a look at /proc.
package struct HolderProbe {
    /// The answer to a write lease.
    package var all: LeaseFinding
    /// The answer to a read lease.
    package var writers: LeaseFinding
    /// Why leases of its file system are not to be relied on.
    package var doubt: String?

    /// Asks for leases. The descriptor must be this process's only one of the file, and open for reading only.
    ///
    /// - Parameter closes: whether it is closed at once where nobody else has the file open: that gives the lease back.
    package init(_ file: borrowing Descriptor, closes: Bool = false) {
        doubt = file.reasonToDoubtHolders
        guard doubt == nil else {
            all = .unknown
            writers = .unknown
            return
        }
        all = closes ? Self.leave(file.writeLease()) : Self.askForAll(file)
        guard all == .refused else {
            writers = all
            return
        }
        writers =
            switch file.hasNoWriter() {
            case true?: .granted
            case false?: .refused
            case nil: .unknown
            }
    }

    /// Leaves a lease to the descriptor.
    private static func leave(_ answer: consuming LeaseAnswer) -> LeaseFinding {
        switch consume answer {
        case .granted(let lease):
            lease.leave()
            return .granted
        case .refused: return .refused
        case .unknown: return .unknown
        }
    }

    /// Whether nobody else has the file open.
    package static func askForAll(_ file: borrowing Descriptor) -> LeaseFinding {
        switch file.writeLease() {
        case .granted: .granted
        case .refused: .refused
        case .unknown: .unknown
        }
    }

    /// Whether /proc has to be looked at to know more.
    package var isOpen: Bool { all != .granted || doubt != nil }

    /// What is known together with what /proc shows; nil where it was not looked at, or could not be.
    package func knowledge(of file: FileIdentity, _ table: HolderTable?) -> HolderKnowledge {
        .judge(
            all: all, writers: writers, seen: table?.holders[file]?.map(TriedFollower.marked),
            gap: table == nil ? "/proc cannot be read" : table?.gap,
            doubt: doubt)
    }
}

extension HolderTable {
    /// A look at /proc; where that is impossible nobody is seen, and nothing is known.
    package static func lookIfPossible(for files: Set<FileIdentity>) -> HolderTable? {
        guard !files.isEmpty else { return nil }
        return try? HolderTable.look(for: files)
    }
}
