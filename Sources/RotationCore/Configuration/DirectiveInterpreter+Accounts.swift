import LinuxSystem

// Users, groups and modes: the values of `su`, `create` and `createolddir`.
extension DirectiveInterpreter {
    func account(_ argument: Argument) throws(DirectiveProblem) -> Account {
        let names = try argument.quotedWords()
        guard names.count == 2 else {
            // One word with both in it is said as such.
            if let first = names.first, names.count == 1 { try rejectPair(first, [], argument) }
            var problem = argument.problem("su USER GROUP")
            problem.logrotate = names.count < 2 ? "no group for su" : "extra arguments for su"
            throw problem
        }
        return Account(user: try user(names[0], argument), group: try group(names[1], argument))
    }

    /// `[MODE] [OWNER [GROUP]]`. logrotate 3.22 takes names in quotes, and numbers for names.
    func ownership(_ argument: Argument) throws(DirectiveProblem) -> Ownership {
        if let known = lastOwnership, known.text == argument.value { return known.ownership }
        let ownership = try ownership(asked: argument)
        lastOwnership = (argument.value, ownership)
        return ownership
    }

    private func ownership(asked argument: Argument) throws(DirectiveProblem) -> Ownership {
        var names = try argument.quotedWords()[...]
        var result = Ownership()
        guard names.count <= 3 else { throw argument.problem("at most MODE OWNER GROUP") }
        if let first = names.first, Self.isMode(names) {
            guard let mode = UInt32(first, radix: 8), mode <= 0o7777 else {
                var problem = argument.problem("MODE in octal digits, such as 0640")
                // It reads as far as the digits are octal, and takes the rest for a user.
                problem.logrotate = "unknown user '\(first.drop { ("0"..."7").contains($0) })'"
                throw problem
            }
            result.mode = mode
            names.removeFirst()
        } else if names.count == 3 {
            throw argument.problem("MODE OWNER GROUP, with the mode in octal digits")
        }
        if let name = names.first, names.count == 1 {
            try rejectPair(name, result.mode == nil ? [] : argument.words.prefix(1), argument)
        }
        if let name = names.popFirst() { result.owner = try user(name, argument) }
        if let name = names.popFirst() { result.group = try group(name, argument) }
        return result
    }

    /// Whether the first word is a mode. Two numbers are an owner and a group where nobody could use a log of such a mode:
    /// `create 1 2`, and `create 640 2` a mode and an owner.
    private static func isMode(_ words: ArraySlice<String>) -> Bool {
        guard let first = words.first, first.first?.isNumber == true else { return false }
        guard words.count == 2, words.allSatisfy({ $0.allSatisfy(\.isNumber) }) else { return true }
        guard let mode = UInt32(first, radix: 8), mode <= 0o7777 else { return false }
        return mode & 0o600 != 0
    }

    /// `root:adm`, as chown(1) has it, and its old form `root.adm`: the error shows how it is written here.
    private func rejectPair(_ word: String, _ before: ArraySlice<String>, _ argument: Argument)
        throws(DirectiveProblem)
    {
        guard environment.user(named: word) == nil,
            let separator = word.firstIndex(where: { $0 == ":" || $0 == "." })
        else { return }
        let owner = String(word[..<separator])
        let group = String(word[word.index(after: separator)...])
        guard environment.user(named: owner) != nil, environment.group(named: group) != nil else { return }
        let form = ([argument.directive.rawValue] + before + [owner, group]).joined(separator: " ")
        throw DirectiveProblem(
            "\(argument.directive.rawValue): there is no user '\(word)'; user and group are two words: \(form)",
            logrotate: "unknown user '\(word)' (write: \(form))")
    }

    private func user(_ name: String, _ argument: Argument) throws(DirectiveProblem) -> UInt32 {
        guard let number = environment.user(named: name) else {
            throw DirectiveProblem(
                "\(argument.directive.rawValue): there is no user '\(name)'\(environment.remark(onUnknown: .user, name))",
                logrotate: "unknown user '\(name)'")
        }
        return number
    }

    private func group(_ name: String, _ argument: Argument) throws(DirectiveProblem) -> UInt32 {
        guard let number = environment.group(named: name) else {
            throw DirectiveProblem(
                "\(argument.directive.rawValue): there is no group '\(name)'\(environment.remark(onUnknown: .group, name))",
                logrotate: "unknown group '\(name)'")
        }
        return number
    }
}
