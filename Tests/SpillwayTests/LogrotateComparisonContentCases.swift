/// How archives are compressed, and how a log is emptied and made anew.
extension ComparisonCase {
    private static func one(
        _ name: String, _ lines: String, _ files: [TreeFile] = [.log], prepare: String = "", runs: Int = 1,
        between: String = ""
    ) -> ComparisonCase {
        ComparisonCase(
            name, "LOG/app.log {\n daily\n rotate 3\n \(lines)\n}\n", files, prepare: prepare, runs: runs,
            between: between)
    }

    private static let threeRuns = "echo $(ls) >>app.log"

    static let compressing: [ComparisonCase] = [
        one("compress", "compress"),
        one("compressFourRuns", "compress\n create", runs: 5, between: threeRuns),
        one("compressDelayed", "compress\n delaycompress\n create", runs: 5, between: threeRuns),
        one("compressDelayedCopytruncate", "compress\n delaycompress\n copytruncate", runs: 4, between: threeRuns),
        one("delaycompressAlone", "delaycompress"),
        one("nodelaycompress", "compress\n delaycompress\n nodelaycompress"),
        one("compressBzip2", "compress\n compresscmd /usr/bin/bzip2\n compressext .bz2", runs: 2, between: threeRuns),
        one("compressBzip2OwnExtension", "compress\n compresscmd bzip2"),
        one("compressXz", "compress\n compresscmd /usr/bin/xz\n compressoptions -2 -T1\n compressext .xz"),
        one("compressXzOwnExtension", "compress\n compresscmd xz"),
        one("compressZstdOwnExtension", "compress\n compresscmd zstd"),
        one("compressExtension", "compress\n compressext .packed", runs: 3, between: threeRuns),
        one("compressOptions", "compress\n compressoptions -1"),
        one("compressOptionsLong", "compress\n compressoptions --best"),
        one("compressOptionsTwo", "compress\n compressoptions -9 -n"),
        one("compressOptionsEmptyLog", "compress", [TreeFile("app.log", "")]),
        one("compressSetId", "compress", [TreeFile("app.log", "one\n", mode: 0o2664)]),
        one("compressReadOnly", "compress", [TreeFile("app.log", "one\n", mode: 0o400, owner: 0, group: 0)]),
        one("compressOldLog", "compress", [TreeFile("app.log", "one\n", ageHours: 24 * 400)]),
        one("compressCopytruncate", "compress\n copytruncate"),
        one("compressCopy", "compress\n copy"),
        one("compressRenamecopy", "compress\n renamecopy\n create"),
        one("compressFails", "compress\n compresscmd /bin/false\n compressext .gz"),
        one("nocompressOverGlobal", "nocompress"),
        one("compressWithAcl", "compress", prepare: "setfacl -m u:34:rw,g:1:r app.log"),
        one(
            "compressSpecialLog", "compress\n create", [TreeFile("app.log", String(repeating: "line\n", count: 50000))]),
    ]

    static let emptying: [ComparisonCase] = [
        one("create", "create"),
        one("createMode", "create 0600"),
        one("createModeOwner", "create 0604 daemon"),
        one("createModeOwnerGroup", "create 0660 backup adm"),
        one("createOwnerGroup", "create backup daemon"),
        one("createNumbers", "create 0640 34 1"),
        one("createOwnerAlone", "create backup"),
        one("createNobodyKnown", "create 0640 nobodyknowshim adm"),
        one("createGroupNobodyKnows", "create 0640 root nobodyknowsit"),
        one("createShortMode", "create 600 root adm"),
        one("createSetGroup", "create 2660 root adm"),
        one("createTooMuch", "create 0640 root adm more"),
        one("createModeNotOctal", "create 0680 root adm"),
        one("nocreate", "nocreate"),
        one("nocreateOverCreate", "create 0600\n nocreate"),
        one("createLikeSetId", "create", [TreeFile("app.log", "one\n", mode: 0o2660)]),
        one("createWithAcl", "create", prepare: "setfacl -m u:34:rw,g:1:r app.log"),
        one("createModeOverAcl", "create 0600", prepare: "setfacl -m u:34:rw,g:1:r app.log"),
        one("createOwnerOverAcl", "create backup adm", prepare: "setfacl -m u:34:rw app.log"),
        one("copy", "copy"),
        one("copyTwice", "copy", runs: 2, between: threeRuns),
        one("copyWithCreate", "copy\n create 0600 root root"),
        one("copyWithAcl", "copy", prepare: "setfacl -m u:34:rw,g:1:r app.log"),
        one("copytruncate", "copytruncate"),
        one("copytruncateTwice", "copytruncate", runs: 2, between: threeRuns),
        one("copytruncateWithCreate", "copytruncate\n create 0600 root root"),
        one("copytruncateWithAcl", "copytruncate\n compress", prepare: "setfacl -m u:34:rw app.log"),
        one("copytruncateEmpty", "copytruncate", [TreeFile("app.log", "")]),
        one("copyAndCopytruncate", "copy\n copytruncate"),
        one("nocopyOverCopy", "copy\n nocopy\n create"),
        one("nocopytruncateOverCopytruncate", "copytruncate\n nocopytruncate"),
        one("nocopytruncateKeepsCopy", "copy\n copytruncate\n nocopytruncate"),
        one("renamecopy", "renamecopy"),
        one("renamecopyCreate", "renamecopy\n create 0600 root adm", runs: 2, between: threeRuns),
        one("renamecopyOverCopytruncate", "copytruncate\n renamecopy\n create"),
        one("copytruncateOverRenamecopy", "renamecopy\n copytruncate"),
        one("norenamecopyOverRenamecopy", "renamecopy\n norenamecopy\n create"),
        one("copySetId", "copy", [TreeFile("app.log", "one\n", mode: 0o2664)]),
        one("copytruncateSetId", "copytruncate", [TreeFile("app.log", "one\n", mode: 0o6664)]),
        one("renameSetId", "nocreate", [TreeFile("app.log", "one\n", mode: 0o2664)]),
        one("copyDefaultAcl", "copy", prepare: "setfacl -d -m u:34:rwx ."),
        one("createDefaultAcl", "create", prepare: "setfacl -d -m u:34:rwx ."),
        one("createModeDefaultAcl", "create 0640 root adm", prepare: "setfacl -d -m u:34:rwx ."),
        one("compressDefaultAcl", "compress", prepare: "setfacl -d -m u:34:rwx ."),
        one(
            "archiveWithAclStays", "compress", [.log, TreeFile("app.log.1.gz", "x\n")],
            prepare: "setfacl -m u:34:rw app.log.1.gz"),
        one("copytruncateReadOnly", "copytruncate", [TreeFile("app.log", "one\n", mode: 0o444)]),
    ]
}
