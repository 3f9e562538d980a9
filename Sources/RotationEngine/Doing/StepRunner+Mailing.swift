import HostObservation
import LinuxSystem
import LogCut
import RotationCore

extension StepRunner {
    func mail(
        _ path: Path, _ address: String, _ subject: Path, _ planned: PlannedStep, _ settings: Settings,
        _ memory: RunMemory
    ) throws -> StepResult {
        let file = try directory(of: path).open(path.name, .reading)
        let status = try file.status()
        guard status.kind == .regular else { throw StepFailure(FileText.notRegular(path)) }
        // Whoever owns the directory may have given the name to a file that is none of his. In one of root's a script may have
        // put something else there, as sed -i does.
        if let expected = planned.identity ?? memory.cuts.madeArchives[path],
            status.identity != memory.current(expected), try !directory(of: path).isTrusted
        {
            throw StepFailure(FileText.replaced(path))
        }
        try requireNoOtherName(status, path, settings)
        // He may have given it the name before this run looked at it: nobody is sent what he cannot read himself.
        guard try directory(of: path).ownerMayRead(status) else {
            throw StepFailure(FileText.notForOwner(path))
        }
        let uncompressCommand = settings.uncompressCommand
        try programs.mail(file, path, address: address, subject: subject, uncompressCommand: uncompressCommand)
        return .done(bytes: nil)
    }
}
