"""Every error that a task raises; the class name is what workflows retry and catch."""


class TaskError(Exception):
    """The base of daytwo's errors; never raised itself."""


# Transient: the only ones of ours that a workflow retries.


class Throttled(TaskError):
    """Raised when AWS refuses a call because too many were made; the same call may pass later."""


class Unavailable(TaskError):
    """Raised when an AWS service does not answer or says it is not ready; a retry may pass."""


# Any call.


class InvalidInput(TaskError):
    """Raised when an input does not fit its schema; the message names each field."""


class InvalidOutput(TaskError):
    """Raised when a task's own answer does not fit its schema: a defect in daytwo."""


class AccessRefused(TaskError):
    """Raised when IAM does not allow what a task is about to do."""


class AwsCallFailed(TaskError):
    """Raised when AWS refuses a call for a reason that the task does not know."""


# Planning.


class UnknownSystem(TaskError):
    """Raised when no manifest is registered under the system's name."""


class UnknownEnvironment(TaskError):
    """Raised when the system's manifest has no such environment."""


class UnknownRelease(TaskError):
    """Raised when the system has no published release of that version."""


class EnvironmentSkipped(TaskError):
    """Raised when a release is not verified in the environment before the one asked for."""


class ReleaseQuarantined(TaskError):
    """Raised when a release was rolled back before; its digest does not go out again."""


class InvalidManifest(TaskError):
    """Raised when a registered system or published release does not fit its schema."""


class ArtifactChanged(TaskError):
    """Raised when an object of a release is not the one that was published."""


class ArtifactMissing(TaskError):
    """Raised when an object that the release names is gone."""


class GateFailed(TaskError):
    """Raised when a gate's evidence says no; the message has each finding."""


# Locks.


class LockHeld(TaskError):
    """Raised when another execution holds the environment; says who, since when and for what."""


class LockLost(TaskError):
    """Raised when the caller no longer holds the lock it acts under."""


# Approval.


class ApprovalRejected(TaskError):
    """Raised when a person who may decide said no."""


class ApprovalExpired(TaskError):
    """Raised when nobody decided in time."""


class NoLongerWaiting(TaskError):
    """Raised when the execution that asked for a decision has gone on or has ended."""


# Deployment.


class StackBusy(TaskError):
    """Raised when another operation runs on the stack."""


class StackFailed(TaskError):
    """Raised when CloudFormation could not update the stack; has the first failure's reason."""


class ChangeSetFailed(TaskError):
    """Raised when a change set could not be made or is gone."""


class StatefulReplacement(TaskError):
    """Raised when a change set would replace or remove a resource that holds data."""


class FunctionMissing(TaskError):
    """Raised when a function, version or alias that the manifest names does not exist."""


class FunctionBroken(TaskError):
    """Raised when Lambda could not bring a function's new code up; has Lambda's reason."""


class NoRollbackTarget(TaskError):
    """Raised when there is nothing safe to go back to, before anything was changed."""


class AliasMoved(TaskError):
    """Raised when an alias is not where this promotion left it: somebody else moved it."""


class AlarmAlreadyRed(TaskError):
    """Raised when an alarm was in ALARM before the deployment began."""


class AlarmUnknown(TaskError):
    """Raised when the manifest names an alarm that does not exist."""


class AlarmWithoutData(TaskError):
    """Raised when an alarm had no data to the end of the watch; silence is not health."""


class Unhealthy(TaskError):
    """Raised when an alarm is red or a health check says no."""


# EC2 operations.


class NothingSelected(TaskError):
    """Raised when no instance matches the targets; an empty selection never means everything."""


class TooManyInstances(TaskError):
    """Raised when an operation would act on more instances than its limits allow."""


class InstancesRefused(TaskError):
    """Raised when the guards refuse every matched instance, or one that was named by its id."""


class InstancesClaimed(TaskError):
    """Raised when another operation holds some of the instances; says which, since when, whose."""


class OperationUnknown(TaskError):
    """Raised when there is no operation of that name, or nothing of it is left to do."""


class GroupUnknown(TaskError):
    """Raised when there is no Auto Scaling group of that name."""


class GroupBusy(TaskError):
    """Raised when another instance refresh replaces the instances of the Auto Scaling group."""


class ScheduleInvalid(TaskError):
    """Raised when a schedule cannot be followed: an unknown time zone, a malformed holiday file."""


# Backups and restore drills.


class DrillRefused(TaskError):
    """Raised when a drill may not start: its target, its names or its recovery points are wrong."""


class DrillRunning(TaskError):
    """Raised when the system is in another drill; says which, and since when."""


class DrillStopped(TaskError):
    """Raised when a person stopped the drill or a stop alarm turned red."""


class NothingToRestore(TaskError):
    """Raised when a component has no recovery point that the drill could use."""


class RestoreFailed(TaskError):
    """Raised when AWS gave a restore up; has AWS's reason."""


class BackupRefused(TaskError):
    """Raised when there is nothing to back up, or a component that is named cannot be."""


class BackupFailed(TaskError):
    """Raised when AWS gave a backup or a copy of it up; has AWS's reason."""


class NotPruned(TaskError):
    """Raised when an old backup has to stay: it is not daytwo's, or newer ones are not there."""


class NotACopy(TaskError):
    """Raised when a drill is about to change or delete what is none of its own copies."""


class CleanupFailed(TaskError):
    """Raised when something that a drill made or changed cannot be removed or undone."""


class EvidenceNotWritten(TaskError):
    """Raised when the evidence of a drill could not be put where nobody can change it."""


class SimulationRefused(TaskError):
    """Raised when a simulation may not start: it has no scenarios, or one that is unknown."""


class SimulationRunning(TaskError):
    """Raised when the system is in another simulation; says which, and since when."""
