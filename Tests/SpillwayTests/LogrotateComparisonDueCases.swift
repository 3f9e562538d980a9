/// When logs are due.
extension ComparisonCase {
    private static func due(
        _ name: String, _ lines: String, hoursAgo: Int, _ files: [TreeFile] = [.log]
    ) -> ComparisonCase {
        ComparisonCase(
            name, "LOG/app.log {\n rotate 3\n \(lines)\n}\n", files, lastRotated: ["app.log": hoursAgo],
            modes: [.byDate])
    }

    static let due: [ComparisonCase] = [
        due("hourlyDue", "hourly", hoursAgo: 1),
        due("hourlyNotDue", "hourly", hoursAgo: 0),
        due("dailyDue", "daily", hoursAgo: 24),
        due("dailyNotDue", "daily", hoursAgo: 0),
        due("weeklyDue", "weekly", hoursAgo: 24 * 8),
        due("weeklyAfterSevenDays", "weekly", hoursAgo: 24 * 7),
        due("weeklyAfterOneDay", "weekly", hoursAgo: 24),
        due("weeklyAfterThreeDays", "weekly", hoursAgo: 24 * 3),
        due("weeklyToday", "weekly WEEKDAY", hoursAgo: 24),
        due("weeklyTodayAlready", "weekly WEEKDAY", hoursAgo: 0),
        due("weeklyTomorrow", "weekly TOMORROW", hoursAgo: 24),
        due("weeklyTomorrowLate", "weekly TOMORROW", hoursAgo: 24 * 9),
        due("weeklySevenDue", "weekly 7", hoursAgo: 24 * 7),
        due("weeklySevenNotDue", "weekly 7", hoursAgo: 24 * 6),
        due("weeklyEight", "weekly 8", hoursAgo: 24 * 9),
        due("monthlyDue", "monthly", hoursAgo: 24 * 32),
        due("monthlyNotDue", "monthly", hoursAgo: 0),
        due("yearlyDue", "yearly", hoursAgo: 24 * 367),
        due("yearlyNotDue", "yearly", hoursAgo: 0),
        due("dailyFarFuture", "daily", hoursAgo: -24 * 30),
        due("weeklyFarFuture", "weekly", hoursAgo: -24 * 30),
        due("monthlyFarFuture", "monthly", hoursAgo: -24 * 70),
        due("sizeBelow", "size 100", hoursAgo: 72),
        due("sizeAbove", "size 4", hoursAgo: 0),
        due("sizeExact", "size 8", hoursAgo: 0),
        due("sizeOneMore", "size 9", hoursAgo: 0),
        due("sizeKilobytes", "size 1k", hoursAgo: 0, [TreeFile("app.log", String(repeating: "x", count: 1024))]),
        due("sizeKilobytesBelow", "size 1k", hoursAgo: 0, [TreeFile("app.log", String(repeating: "x", count: 1023))]),
        due("sizeMegabytes", "size 1M", hoursAgo: 0),
        due("sizeNotSaid", "", hoursAgo: 72),
        due("sizeWrongUnit", "size 1X", hoursAgo: 72),
        due("sizeAfterDaily", "daily\n size 100", hoursAgo: 72),
        due("dailyAfterSize", "size 100\n daily", hoursAgo: 72),
        due("minsizeReached", "daily\n minsize 4", hoursAgo: 72),
        due("minsizeExact", "daily\n minsize 8", hoursAgo: 72),
        due("minsizeNotReached", "daily\n minsize 100", hoursAgo: 72),
        due("minsizeNotDue", "daily\n minsize 4", hoursAgo: 0),
        due("maxsizeReached", "daily\n maxsize 4", hoursAgo: 0),
        due("maxsizeExact", "daily\n maxsize 8", hoursAgo: 0),
        due("maxsizeNotReached", "daily\n maxsize 100", hoursAgo: 0),
        due("maxsizeNotReachedDue", "daily\n maxsize 100", hoursAgo: 72),
        due("minageYoung", "daily\n minage 2", hoursAgo: 72),
        due("minageOld", "daily\n minage 2", hoursAgo: 72, [TreeFile("app.log", "one\n", ageHours: 100)]),
        due("minageOneDay", "daily\n minage 1", hoursAgo: 72, [TreeFile("app.log", "one\n", ageHours: 49)]),
        due("notifemptyEmpty", "daily\n notifempty", hoursAgo: 72, [TreeFile("app.log", "")]),
        due("ifemptyEmpty", "daily\n ifempty", hoursAgo: 72, [TreeFile("app.log", "")]),
        due("minageBoundary", "daily\n minage 1", hoursAgo: 72, [TreeFile("app.log", "one\n", ageHours: 25)]),
        due("minageBoundaryBelow", "daily\n minage 1", hoursAgo: 72, [TreeFile("app.log", "one\n", ageHours: 23)]),
        due("minageWithSize", "size 1\n minage 9", hoursAgo: 72),
        due("minageWithMaxsize", "daily\n maxsize 1\n minage 9", hoursAgo: 0),
        due("minsizeWithMaxsize", "daily\n minsize 100\n maxsize 4", hoursAgo: 0),
        due("sizeGigabytes", "size 1G", hoursAgo: 72),
        due("sizeZero", "size 0", hoursAgo: 0),
        due("hourlyOneAhead", "hourly", hoursAgo: -30),
        due("lateralGlobals", "yearly\n monthly\n weekly 7\n daily", hoursAgo: 24),
        due("minsizeAndSize", "daily\n minsize 4\n size 100", hoursAgo: 72),
        ComparisonCase(
            "notifemptyForced", "LOG/app.log {\n rotate 3\n notifempty\n}\n", [TreeFile("app.log", "")],
            modes: [.forced]),
        ComparisonCase(
            "minsizeForced", "LOG/app.log {\n rotate 3\n daily\n minsize 1k\n minage 9\n}\n", modes: [.forced]),
        ComparisonCase("firstSeen", "LOG/app.log {\n rotate 3\n daily\n}\n", lastRotated: [:]),
        ComparisonCase("firstSeenSize", "LOG/app.log {\n rotate 3\n size 1\n}\n", lastRotated: [:]),
        ComparisonCase("firstSeenMaxsize", "LOG/app.log {\n rotate 3\n daily\n maxsize 1\n}\n", lastRotated: [:]),
        ComparisonCase(
            "stateOfOthersStays", "LOG/app.log {\n rotate 3\n daily\n}\n",
            lastRotated: ["app.log": 72, "gone.log": 24 * 20, "sub/other.log": 3]),
        ComparisonCase(
            "stateOfOldIsForgotten", "LOG/app.log {\n rotate 3\n daily\n}\n",
            lastRotated: ["app.log": 72, "gone.log": 24 * 500]),
        ComparisonCase(
            "someAreDue", "LOG/*.log {\n rotate 3\n daily\n create\n}\n",
            [.log, TreeFile("b.log", "b\n"), TreeFile("c.log", "c\n")],
            lastRotated: ["app.log": 72, "b.log": 0, "c.log": 48]),
    ]
}
