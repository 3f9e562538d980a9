/// Numbers as people read them.
public enum Figures {
    /// `512 B`, `1.5 KiB`, `36 MiB`.
    public static func bytes(_ count: Int64) -> String { Quantities.text(bytes: count) }

    /// `45 s`, `3 h`, `12 days`.
    public static func age(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86400) days"
        }
    }
}
