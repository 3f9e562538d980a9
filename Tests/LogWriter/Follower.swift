import Glibc

/// A log shipper: remembers inode and offset, reads on, starts over when the log is smaller than its offset, and goes to
/// the next file when another has the name.
struct Follower {
    private let path: String
    private let output: Int32
    private var descriptor: Int32 = -1
    private var offset = 0

    init(_ arguments: Arguments) {
        Interrupts.prepare(catchesHangUp: false)
        path = arguments.text("file")
        output = open(arguments.text("output"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard output >= 0 else { failOfCall("open \(arguments.text("output"))") }
    }

    mutating func run() {
        while !Interrupts.hasEnd {
            followName()
            sleep(microseconds: 2000)
        }
        followName()
    }

    private mutating func followName() {
        var named = stat()
        let isThere = stat(path, &named) == 0
        if descriptor >= 0 {
            // Also the file that has lost its name is read to its end before it is left.
            readOn()
            var held = stat()
            fstat(descriptor, &held)
            guard isThere, held.st_ino != named.st_ino else { return }
            close(descriptor)
            descriptor = -1
        }
        guard isThere else { return }
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        offset = 0
        if descriptor >= 0 { readOn() }
    }

    private mutating func readOn() {
        var status = stat()
        fstat(descriptor, &status)
        if status.st_size < offset { offset = 0 }
        let size = 1 << 18
        withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { buffer in
            while true {
                let count = pread(descriptor, buffer.baseAddress, size, offset)
                guard count > 0 else { return }
                offset += count
                guard write(output, buffer.baseAddress, count) == count else { failOfCall("write") }
            }
        }
    }
}
