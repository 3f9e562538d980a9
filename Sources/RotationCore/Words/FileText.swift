package import LinuxSystem

/// What is said of files that are renamed, compressed and removed, in words.
package enum FileText {
    package static func notRegular(_ path: Path) -> String {
        "\(path) is no regular file"
    }

    package static func replaced(_ path: Path) -> String {
        "\(path) was replaced since it was looked at; the next run sees to it"
    }

    package static func gone(_ path: Path) -> String {
        "\(path) has gone since it was looked at"
    }

    package static let leased =
        "another program has a lease on it"

    package static let writtenMeanwhile =
        "it was written to meanwhile"

    package static func otherNames(_ path: Path, _ count: UInt64) -> String {
        "\(path) has \(count) names, and others than root can write to its directory: it is left alone (allowhardlink takes it all the same)"
    }

    package static func notForOwner(_ path: Path) -> String {
        "\(path) is not mailed, and kept: the owner of its directory cannot read it, and may have put it there (give it to him, or the directory to root)"
    }

    package static let furtherNames =
        "it has further names"

    package static let holderUnknown =
        "it is not known who has it open"

    package static func mapped(_ holder: Holder) -> String {
        "\(holder.title) has it mapped"
    }

    package static func replacedInRemoval(_ path: Path) -> String {
        "\(path) was replaced while it was removed; it has its name back"
    }

    package static let beingOpened =
        "somebody is opening it"

    package static let holderUnseen =
        "somebody has it open whom /proc does not show"

    package static func held(by holder: Holder) -> String {
        "\(holder.title) still \(holder.canWrite ? "writes to" : "reads") it"
    }

    package static func foreignPrivateName(_ path: Path) -> String {
        "\(path) has a name that only spillway gives, and is none of its files"
    }

    package static func grownPrivateName(bytes: Int64) -> String {
        "it was written to after that, and has \(bytes) bytes; look at it"
    }

    package static func removalWaits(_ path: Path, _ who: String) -> String {
        "\(path), an archive that was removed, stays for now: \(who)"
    }

    package static func removedLater(_ why: String) -> String {
        "\(why); it is removed at a later rotation"
    }

    package static func notTakenBack(_ path: Path, _ who: String) -> String {
        "\(path) is not taken back: \(who)"
    }

    /// After the sentence of the error for which it was to go.
    package static func madeInVain(_ path: Path, _ why: String) -> String {
        "\(path) was made in vain and could not be taken back: \(why)"
    }

    package static func perhapsImmutable(_ error: any Error) -> String {
        "\(error); is it append-only or immutable (lsattr)? chattr -ai allows it"
    }

    package static func archivesUnseen(_ log: Path, _ error: any Error) -> String {
        "\(log): its archives are not looked at: \(error)"
    }

    package static func asideIsWritten(_ path: Path) -> String {
        "\(path) is still written to, and in no archive: whoever writes there has to be told, by a postrotate script or by signal; it is archived as soon as nobody writes to it"
    }

    package static func notWritten(_ path: Path, _ why: String) -> String {
        "\(path) is not written: \(why)"
    }

    package static func notReleased(_ path: Path, _ who: String) -> String {
        "\(path) is still in use: \(who); it is kept like a live log, and archived when nobody writes to it any more"
    }

    package static let grewAfterCopy =
        "it grew after it was copied; the next rotation archives it again"

    package static let notAllArchived =
        "not all of it is archived yet; the next run goes on"

    package static func nothingToCreateLike(_ path: Path) -> String {
        "\(path): there is no log to create it like"
    }

    package static let createdMeanwhile =
        "it was created meanwhile"

    package static func nameGivenBack(_ error: any Error) -> String {
        "\(error); the log has its name back, and the next run tries again"
    }

    package static func compressedLater(_ why: String) -> String {
        "\(why); it is compressed when nobody writes to it any more"
    }

    package static func replacedInCompression(_ path: Path) -> String {
        "\(path) was replaced while it was compressed; both are kept"
    }

    package static func truncatedInCompression(_ path: Path) -> String {
        "\(path) was truncated by somebody else while it was compressed"
    }

    package static func grewInCompression(_ path: Path) -> String {
        "\(path) grew while it was compressed, and stays as it is until the next rotation"
    }

    package static func stillWritten(by who: String) -> String {
        "\(who) still writes to it"
    }

    package static let writersUnknown =
        "it cannot be told whether a process still writes to it"

    package static func read(by holder: Holder) -> String {
        "read by \(holder.title)"
    }

    package static let takenAway = "it is not there any more: a script has taken it away"

    package static let nobodyHolds =
        "nobody holds it any more"

    package static func deleted(_ path: Path, _ message: String) -> String {
        "\(path), which is deleted: \(message)"
    }
}
