/// What users and groups are called: sentences name them, and looking names up is not for pure code.
public protocol AccountNames {
    /// A user's name, or its number where it has none.
    func user(_ number: UInt32) -> String
    /// A group's name, or its number where it has none.
    func group(_ number: UInt32) -> String
}
