import Glibc

/// A process that opens files at any moment, also at that of their removal: it opens each of them again and again, looks
/// whether the one it got still has a name, and keeps those that have none.
enum Grabber {
    static func run(_ arguments: Arguments) {
        Interrupts.prepare(catchesHangUp: false)
        let done = arguments.text("done")
        var opened = 0
        var kept = 0
        while !Interrupts.hasEnd {
            for path in arguments.words.dropFirst() {
                let descriptor = open(path, O_RDONLY | O_CLOEXEC)
                guard descriptor >= 0 else { continue }
                opened += 1
                // Long enough to be met while it is held.
                sched_yield()
                var status = stat()
                fstat(descriptor, &status)
                if status.st_nlink == 0, kept < 100 { kept += 1 } else { close(descriptor) }
            }
        }
        let text = "opened=\(opened) deleted=\(kept)\n"
        let file = fopen(done, "w")
        fputs(text, file)
        fclose(file)
    }
}
