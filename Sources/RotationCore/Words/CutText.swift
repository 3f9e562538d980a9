package import LinuxSystem

/// What is said of cuts, in words.
package enum CutText {
    package static func noHolesAndLossless(_ log: Path) -> String {
        "\(log): its file system has no holes, and lossless forbids to make it smaller; create, or signal, rotates it by renaming"
    }

    package static func forgotten(_ log: Path) -> String {
        "\(log): it was forgotten, which is a mistake in spillway"
    }

    package static func stopped(_ log: Path) -> String {
        "\(log): stopped by a signal; the next run begins again"
    }

    package static let compared =
        "compared with its archive before it was emptied"

    package static func leased(_ log: Path) -> String {
        "\(log) is not rotated now: another program has a lease on it"
    }

    package static func notCut(_ log: Path, _ why: String) -> String {
        "\(log) is not emptied: \(why)"
    }

    package static func refused(_ log: Path, _ why: String) -> String {
        "\(log) \(why)"
    }

    package static let lineInTwo =
        "a line of more than 1 MiB is cut in two"

    package static func doubtfulHead(_ log: Path, bytes: Int64) -> String {
        "\(log): it cannot be told whether its first \(bytes) bytes are archived already: they are archived again, so that none is lost, and may be there twice"
    }

    package static func sparseRecords(_ log: Path) -> String {
        "\(log) is not emptied: it holds records with large holes between them, as lastlog does"
    }

    package static func truncatedByOthers(_ log: Path, isKept: Bool) -> String {
        "\(log) was truncated by somebody else while it was archived; \(isKept ? "its archive is kept" : "nothing is done")"
    }

    package static func writerCame(_ log: Path, _ writer: Holder) -> String {
        "\(log): \(writer.title) began to write where it was being archived; nothing is done, and the next run tries again"
    }

    package static func writtenOverUnseen(_ log: Path, doubt: String) -> String {
        "\(log) is not emptied: it was written over while it was archived, by a process that cannot be seen (\(doubt)); method punch empties it all the same"
    }

    package static func writtenOver(_ log: Path) -> String {
        "\(log) was written over while it was archived; its archive is kept, and what the log still has is archived again"
    }

    package static func noArchive(_ log: Path) -> String {
        "\(log) has no archive"
    }

    package static func noRoomForJournal(_ log: Path) -> String {
        "\(log) is not emptied: there is no room for its archive, and none for a journal, without which lines could be lost; free 8 MiB, or name a place for it with --journal"
    }

    package static func journalIsFull(_ log: Path) -> String {
        "\(log) is not emptied: there is no room for its archive, and the journal holds what an earlier run could not write"
    }

    package static let staged =
        "there was no room for its archive, which went through the journal"

    package static func addedTo(_ archive: Path) -> String {
        "no file could be made for it: it was added to \(archive)"
    }

    package static func noRoomAndNoHoles(_ log: Path) -> String {
        "\(log): there is no room for its archive, and its file system has no holes"
    }

    package static func noInode(_ archive: Path, _ log: Path, _ consequence: String) -> String {
        "\(archive) cannot be made, as there is no inode left (df -i): \(log) \(consequence)"
    }

    package static func notExtended(_ archive: Path) -> String {
        "\(archive) cannot be extended"
    }

    package static let opened =
        "somebody has opened it"

    package static let noCollapse =
        "its file system cannot take ranges out of a file"

    package static let largerClusters =
        "its file system takes only larger clusters out of a file"

    package static let recordsChanged =
        "it holds records, and somebody has opened it meanwhile, or added some"

    package static func lastBytesLost(_ log: Path, bytes: Int, _ why: String) -> String {
        "\(log) was truncated, and its last \(bytes) bytes are lost: \(why)"
    }

    package static let endUnreadable =
        "it cannot be read to its end"

    package static func window(microseconds: Int, _ most: String) -> String {
        "what was written in the last \(microseconds) µs before it was truncated is lost\(most)"
    }

    package static let nothing =
        "there was nothing to be archived"
}
