//! Exit codes: a contract for scripts. They are documented in `docs/cli.md`, and this is the only place that decides.

use ops::ProblemKind;

use crate::language::Text;
use crate::text;

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExitCode {
    /// Everything was done.
    Success,
    /// It failed, for a reason without a code of its own.
    Failure,
    /// The command line or the configuration is wrong.
    Usage,
    /// The package is damaged, incomplete or none.
    Package,
    /// Something exists already with other content, or two images want one name.
    Conflict,
    /// A registry or chart repository refuses or cannot be reached.
    Remote,
    /// This machine: disk, permissions, locks, ports.
    Machine,
    /// A bug.
    Internal,
    /// Stopped by a signal.
    Interrupted,
}

impl ExitCode {
    /// Every code, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::Success,
        Self::Failure,
        Self::Usage,
        Self::Package,
        Self::Conflict,
        Self::Remote,
        Self::Machine,
        Self::Internal,
        Self::Interrupted,
    ];

    /// The number the process ends with. 70 is `EX_SOFTWARE` of `sysexits.h`, 130 what shells report for `SIGINT`.
    pub const fn number(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Package => 3,
            Self::Conflict => 4,
            Self::Remote => 5,
            Self::Machine => 6,
            Self::Internal => 70,
            Self::Interrupted => 130,
        }
    }

    /// What it means.
    pub const fn meaning(self) -> Text {
        match self {
            Self::Success => text!("done", "成功"),
            Self::Failure => text!("failed for another reason", "其他原因导致失败"),
            Self::Usage => {
                text!("the command line or the configuration is wrong", "命令行或配置有误")
            }
            Self::Package => {
                text!(
                    "the package is damaged, incomplete or not a package",
                    "离线包损坏、不完整或不是离线包"
                )
            }
            Self::Conflict => text!(
                "something exists with other content, or two images want one name",
                "目标处已有内容不同的同名对象，或两个镜像的目标名称相同"
            ),
            Self::Remote => text!(
                "a registry or chart repository refuses or cannot be reached",
                "镜像仓库或 Helm 仓库拒绝请求或无法连接"
            ),
            Self::Machine => {
                text!(
                    "this machine: disk, permissions, locks, ports",
                    "本机问题：磁盘、权限、锁或端口"
                )
            }
            Self::Internal => text!("a bug in ferry", "ferry 自身的缺陷"),
            Self::Interrupted => text!("stopped by a signal", "被信号中断"),
        }
    }
}

/// The exit code of a failure whose first and worst problem is of this kind.
pub(crate) fn exit_code(kind: ProblemKind) -> ExitCode {
    crate::message::explain(kind).exit
}

/// The exit code of an operation that failed.
pub(crate) fn exit_code_of(error: &ops::Error) -> ExitCode {
    error.problems.first().map_or(ExitCode::Failure, |problem| exit_code(problem.kind))
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_distinct_and_stable() {
        let numbers: Vec<u8> = ExitCode::ALL.iter().map(|code| code.number()).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 70, 130]);
    }

    #[test]
    fn kinds_end_in_the_code_of_their_group() {
        for (kind, expected) in [
            (ProblemKind::Usage, 2),
            (ProblemKind::ConfigUnknownKey, 2),
            (ProblemKind::NoRelocationRule, 2),
            (ProblemKind::NothingFound, 3),
            (ProblemKind::BlobDigestMismatch, 3),
            (ProblemKind::HintInvalid, 3),
            (ProblemKind::TagConflict, 4),
            (ProblemKind::Collision, 4),
            (ProblemKind::Unauthorized, 5),
            (ProblemKind::ChartRefused, 5),
            (ProblemKind::DiskFull, 6),
            (ProblemKind::Internal, 70),
            (ProblemKind::Interrupted, 130),
        ] {
            assert_eq!(exit_code(kind).number(), expected, "{kind:?}");
        }
    }

    #[test]
    fn the_first_problem_decides() {
        let error = ops::Error {
            phase: ops::Phase::Plan,
            problems: vec![
                ops::Problem::error(ProblemKind::TagConflict, "a", ""),
                ops::Problem::error(ProblemKind::Unauthorized, "b", ""),
            ],
        };
        assert_eq!(exit_code_of(&error), ExitCode::Conflict);
    }
}
