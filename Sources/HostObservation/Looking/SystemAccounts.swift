import LinuxSystem
public import RotationCore

/// The names that this machine has for users and groups.
public struct SystemAccounts: AccountNames {
    /// This process's view.
    public init() {}

    /// A user's name, or its number where it has none.
    public func user(_ number: UInt32) -> String { Accounts.name(ofUser: number) }

    /// A group's name, or its number where it has none.
    public func group(_ number: UInt32) -> String { Accounts.name(ofGroup: number) }
}
