/// What is done for space, in words.
public enum SpaceText {
    /// `/var/log: 612 MiB of 500 MiB used, 3.1 GiB free of at least 200 MiB`.
    public static func describe(_ plan: SpacePlan) -> String {
        guard let space = plan.space else { return "maxtotal:" }
        let limits = plan.limits
        var parts = [
            "\(Figures.bytes(plan.usedBytes))\(limits.budgetBytes.map { " of \(Figures.bytes($0))" } ?? "") used"
        ]
        if let floor = limits.minimumFreeBytes {
            parts.append("\(Figures.bytes(limits.freeBytes)) free of at least \(Figures.bytes(floor))")
        }
        if let floor = limits.minimumFreeInodes {
            parts.append("\(limits.freeInodes) inodes free of at least \(floor)")
        }
        return "\(space): \(parts.joined(separator: ", "))"
    }

    /// `/var/log: 312 MiB of 500 MiB used: in order`, and of logs with `maxtotal` `a.log: 3 MiB of maxtotal 10 MiB: in order`.
    public static func describeMet(_ plan: SpacePlan) -> [String] {
        guard plan.space == nil else { return ["\(describe(plan)): in order"] }
        return plan.seen.compactMap { log in
            log.maximumTotalBytes.map {
                "\(log.path): \(Figures.bytes(log.occupiedBytes)) of maxtotal \(Figures.bytes($0)): in order"
            }
        }
    }

    /// `4 MiB for the budget of 500 MiB: its log has 412 MiB, the level is 40 MiB`.
    public static func describe(_ reason: EvictionReason) -> String {
        let choice =
            switch reason.choice {
            case .own(let total): "its log has \(Figures.bytes(total))"
            case .fair(let level, let total): fair(level, total, reason.rule)
            case .oldest: "the oldest of all logs"
            }
        let tier =
            switch reason.tier {
            case .surplus: ""
            case .kept: "; minkeep does not hold against a floor"
            case .held: "; it is held, and is emptied under another name as a last resort"
            }
        return "\(Figures.bytes(reason.bytes)) for \(limit(reason.rule)): \(choice)\(tier)"
    }

    private static func fair(_ level: Int64, _ total: Int64, _ rule: EvictionRule) -> String {
        if case .inodeFloor = rule { return "its log has \(total) files, the level is \(level)" }
        return "its log has \(Figures.bytes(total)), the level is \(Figures.bytes(level))"
    }

    private static func limit(_ rule: EvictionRule) -> String {
        switch rule {
        case .maximumTotal(let limit): "maxtotal \(Figures.bytes(limit))"
        case .budget(let limit): "the budget of \(Figures.bytes(limit))"
        case .room(let needed): "the \(Figures.bytes(needed)) that the work needs"
        case .freeFloor(let limit): "minfree \(Figures.bytes(limit))"
        case .inodeFloor(let limit): "minfreeinodes \(limit)"
        }
    }

    /// A floor that no file system of that size can have.
    package static func impossibleFloor(_ rule: SpaceRule, bytes: Int64) -> String {
        "\(rule.location): space \(rule.directory): minfree is \(Figures.bytes(bytes)), more than its file system has; nothing is done for it"
    }

    /// A tree that cannot be looked at.
    package static func unreadable(_ rule: SpaceRule, _ why: String) -> String {
        "\(rule.location): space \(rule.directory): \(why)"
    }
}
