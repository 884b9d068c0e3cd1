//! 50xx: this machine, 4022: what it serves with, and 9001: a bug.

use super::explanations;

explanations! {
    DiskFull = 5001, Machine {
        what: "the disk is full", "磁盘空间不足";
        why: "A file of this machine could not be written completely.",
            "本机上的文件未能完整写入。";
        next: "Free some room where the named path is (`df -h PATH`; for `stdout`, where the output goes to), then run the same command again.",
            "请在所指路径所在的磁盘上清理空间（`df -h PATH`；如果是 `stdout`，则为输出重定向到的位置），然后重新执行同一命令。";
    }
    PermissionDenied = 5002, Machine {
        what: "permission denied", "权限不足";
        why: "The operating system does not let this user read or write there.",
            "操作系统不允许当前用户在该处读取或写入。";
        next: "Check owner, mode (`ls -ld PATH`) and mount of the named path, or run as another user. If it is the state directory, `--workdir` names another one.",
            "请检查所指路径的属主、权限（`ls -ld PATH`）和挂载方式，或更换用户。如果是状态目录，可以用 `--workdir` 指定其他目录。";
    }
    LocalIo = 5003, Machine {
        what: "a local file cannot be read or written", "无法读写本地文件";
        why: "The operating system reported an error; the cause has its words.",
            "操作系统返回了错误，原文见详情。";
        next: "Check the path and the disk, then run the same command again.",
            "请检查路径和磁盘，然后重新执行同一命令。";
    }
    StateUnsafe = 5004, Machine {
        what: "the state directory is not safe", "状态目录不安全";
        why: "It belongs to another user, is a link, or everyone can write to it: what it says about earlier runs could be forged.",
            "该目录属于其他用户、是符号链接，或任何人都可写：其中关于历史运行的记录可能被伪造。";
        next: "Remove it or correct its owner and mode (`chmod 700`), or name another one with `--workdir`.",
            "请删除该目录或修正属主和权限（`chmod 700`），或用 `--workdir` 指定其他目录。";
    }
    StoreUnusable = 5008, Machine {
        what: "the directory cannot be used as a registry", "该目录不能用作镜像仓库";
        why: "It is not empty and no registry of Ferry's, belongs to another user, can be written by everyone, or cannot be written at all; the cause says which.",
            "该目录非空且不是 Ferry 的镜像仓库、属于其他用户、任何人都可写，或无法写入，具体见详情。";
        next: "Name an empty or new directory, or one that `ferry serve` made. A registry that cannot be written is served with `--read-only`.",
            "请指定空目录、新目录，或由 `ferry serve` 创建的目录。不可写的镜像仓库目录可以加 `--read-only` 提供服务。";
    }
    Locked = 5005, Machine {
        what: "another process is at work on the same target or directory", "另一个进程正在使用同一目标或目录";
        why: "Two at once would work against each other.",
            "两个进程同时运行会相互干扰。";
        next: "Wait for the other process or stop it; its lock ends with it, also when it is killed.",
            "请等待另一个进程结束或将其停止；锁会随进程结束而释放，被强制终止时也是如此。";
    }
    ListenFailed = 5006, Machine {
        what: "the address cannot be listened on", "无法监听该地址";
        why: "The port is in use, the address is not one of this machine, or ports below 1024 need privileges.",
            "端口已被占用、地址不属于本机，或 1024 以下的端口需要特权。";
        next: "Choose another one with `--listen HOST:PORT`; port 0 takes any free port. `ss -ltnp` shows who has it.",
            "请用 `--listen HOST:PORT` 指定其他地址；端口 0 表示任意空闲端口。`ss -ltnp` 可以查看占用者。";
    }
    Interrupted = 5007, Interrupted {
        what: "stopped by a signal", "已被信号中断";
        why: "The run was asked to stop before it was done.",
            "运行在完成之前收到了停止请求。";
        next: "Run the same command again. `ferry sync` continues where it stopped: what is there already is not sent again.",
            "重新执行同一命令即可。`ferry sync` 会从中断处继续，已有的内容不会重复发送。";
    }
    ServerIdentityInvalid = 4022, Usage {
        what: "the certificate or key to serve with cannot be used", "用于提供服务的证书或私钥不可用";
        why: "`--tls-cert` is a PEM file with the certificate first and those that lead to its authority after it; `--tls-key` is its private key, PEM and not encrypted.",
            "`--tls-cert` 应为 PEM 文件，先是服务器证书，然后是通向 CA 的各级证书；`--tls-key` 是与之对应的私钥，PEM 格式且未加密。";
        next: "Correct the file that is named; `openssl x509 -in FILE -noout -text` and `openssl pkey -in FILE -noout` show whether it is one.",
            "请更正所指的文件；可以用 `openssl x509 -in FILE -noout -text` 和 `openssl pkey -in FILE -noout` 检查。";
    }
    Internal = 9001, Internal {
        what: "this is a bug in ferry", "这是 ferry 的缺陷";
        why: "Something happened that the program takes for impossible.",
            "发生了程序认为不可能出现的情况。";
        next: "Please report this message with the output of `ferry version` and the same command with `-vv`.",
            "请将此信息、`ferry version` 的输出以及加 `-vv` 重新执行的日志一并反馈给我们。";
    }
}
