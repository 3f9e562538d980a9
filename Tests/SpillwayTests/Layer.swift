import Foundation

/// A file system that lies over a directory of another one, as its program comes from Debian.
struct Layer {
    private let kind: FileSystem
    private let below: String
    private let place: String

    init(_ kind: FileSystem, over below: String, at place: String) {
        self.kind = kind
        self.below = below
        self.place = place
    }

    /// With the options that it has by itself; mergerfs makes no file where less than 4 GB are free.
    private var command: String {
        let overlay = "lowerdir='\(below)/lower',upperdir='\(below)/upper',workdir='\(below)/work'"
        return switch kind {
        case .mergerfs: "exec mergerfs -o minfreespace=1M '\(below)/lower:\(below)/upper' '\(place)'"
        case .bindfs: "exec bindfs '\(below)/upper' '\(place)'"
        case .gocryptfs:
            "gocryptfs -init -q -scryptn 10 -extpass 'echo word' '\(below)/upper' && "
                + "exec gocryptfs -q -extpass 'echo word' '\(below)/upper' '\(place)'"
        case .fuseOverlayfs: "exec fuse-overlayfs -o \(overlay) '\(place)'"
        default: "exec mount -t overlay overlay -o \(overlay) '\(place)'"
        }
    }

    func mount(_ sandbox: Sandbox) throws {
        // It goes on in the background: whoever waits for the end of what it has inherited would wait for ever.
        let script = """
            mkdir -p '\(below)/lower' '\(below)/upper' '\(below)/work'
            cd /
            for file in /proc/$$/fd/*; do number=${file##*/}; [ $number -le 2 ] || eval "exec $number>&-"; done
            exec </dev/null >'\(sandbox.path("capture/layer"))' 2>&1
            \(command)
            """
        let made = try sandbox.run("/bin/bash", ["-c", script])
        guard made.status == 0 else {
            throw SandboxError("\(kind.rawValue): \(try sandbox.read("capture/layer"))")
        }
    }
}
