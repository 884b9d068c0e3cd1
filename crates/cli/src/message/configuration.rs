//! 40xx: the configuration file and the command line.

use super::explanations;

explanations! {
    ConfigNotFound = 4001, Usage {
        what: "there is no such configuration file", "找不到配置文件";
        why: "Without `--config` and without PACKAGE, `load-image.yaml` and then `charts-syncer.yaml` are looked for in the current directory, then `charts-syncer.yaml` in the home directory.",
            "没有 `--config` 也没有指定离线包时，会先在当前目录查找 `load-image.yaml` 和 `charts-syncer.yaml`，再在主目录查找 `charts-syncer.yaml`。";
        next: "Name it with `--config FILE`, or go without one: `ferry sync PACKAGE --to-registry HOST --to-repo URL`.",
            "请用 `--config FILE` 指定，或不使用配置文件：`ferry sync PACKAGE --to-registry HOST --to-repo URL`。";
    }
    ConfigSyntax = 4002, Usage {
        what: "the configuration is not valid YAML", "配置文件不是合法的 YAML";
        why: "The text cannot be read as YAML at this place. Tabs or full-width characters, a missing space after `:` and a quote that is not closed are the usual reasons.",
            "从该处起无法按 YAML 解析。常见原因是制表符或全角字符、`:` 后缺少空格、引号没有闭合。";
        next: "Correct the line and check again with `ferry config check FILE`; `--fix` repairs what is unambiguous.",
            "请更正该行，并用 `ferry config check FILE` 再次检查；`--fix` 会修复含义明确的错误。";
    }
    ConfigUnknownKey = 4003, Usage {
        what: "the configuration has an unknown key", "配置中有未知的键";
        why: "A key that nobody reads is usually a misspelt one, and its value would silently have no effect.",
            "没有程序读取的键通常是拼写错误，其值会在没有提示的情况下不起作用。";
        next: "Correct or remove it; `ferry config check FILE` prints the corrected file.",
            "请更正或删除；`ferry config check FILE` 会打印更正后的文件。";
    }
    ConfigDuplicateKey = 4004, Usage {
        what: "a key stands twice", "键重复出现";
        why: "Which of the two is meant cannot be known.",
            "无法判断以哪一个为准。";
        next: "Remove one of them.",
            "请删除其中一个。";
    }
    ConfigType = 4005, Usage {
        what: "a value has the wrong type", "值的类型不对";
        why: "Text, a number, `true`/`false`, a list or a mapping stands where another of them is needed.",
            "此处需要的是另一种类型（文本、数字、`true`/`false`、列表或映射）。";
        next: "Correct it; text that looks like a number needs quotes.",
            "请更正；看起来像数字的文本需要加引号。";
    }
    ConfigValue = 4006, Usage {
        what: "a value is not allowed or worth a second look", "值不被允许或值得再确认";
        why: "The detail says what is expected here.",
            "此处期望的内容见详情。";
        next: "Correct what is named; a configuration file can be checked again with `ferry config check FILE`.",
            "请更正所指出的内容；配置文件可用 `ferry config check FILE` 再次检查。";
    }
    ConfigMissing = 4007, Usage {
        what: "a required key is missing", "缺少必填的键";
        why: "Without it the run has no source or no target. Not all keys of the runbook's example are required, but these are.",
            "缺少它就没有来源或目标。手册示例中的键并非全部必填，但这些是必填的。";
        next: "Add the key, or give the flag that the detail names.",
            "请补充该键，或使用详情中给出的命令行参数。";
    }
    ConfigConflict = 4008, Usage {
        what: "keys exclude each other", "键之间互相冲突";
        why: "Only one of them can be meant.",
            "只能使用其中一个。";
        next: "Remove one of them.",
            "请删除其中一个。";
    }
    ConfigAuthNotNested = 4009, Usage {
        what: "`username` and `password` stand beside `auth` instead of below it", "`username` 和 `password` 与 `auth` 同级，没有缩进到其下";
        why: "As written, `auth` is empty and charts-syncer refuses the file. What is meant is clear, so Ferry reads them as nested.",
            "按原文 `auth` 为空，charts-syncer 会拒绝该文件。含义是明确的，因此 Ferry 按嵌套处理。";
        next: "Indent the two lines by two more spaces; `ferry config check FILE` prints the corrected file.",
            "请将这两行再缩进两个空格；`ferry config check FILE` 会打印更正后的文件。";
    }
    ConfigCommentSwapped = 4010, Usage {
        what: "a comment describes another key than the one it stands at", "注释描述的不是所在的键";
        why: "`target.repo.auth` is the chart repository, `target.containers.auth` is the registry; `intermediateBundlesPath` is the package or its directory. The comments of the runbook's example say otherwise.",
            "`target.repo.auth` 是 Helm 仓库，`target.containers.auth` 是镜像仓库；`intermediateBundlesPath` 是离线包或其所在目录。手册示例中的注释写错了。";
        next: "This is a note. When the two pairs of credentials differ, check that each stands at its own key; when they are the same, nothing has to be changed.",
            "这只是提示。如果两组凭证不同，请确认它们各自填在正确的键下；如果相同，则无需修改。";
    }
    ConfigNotNested = 4011, Usage {
        what: "a key stands at the top instead of below `source` or `target`", "键写在了顶层，没有缩进到 `source` 或 `target` 之下";
        why: "As written, the section above it is empty. What is meant is clear where the key belongs to that section alone.",
            "按原文，其上方的小节为空。当该键只属于这一小节时，含义是明确的。";
        next: "Indent it by two spaces; `ferry config check FILE` prints the corrected file.",
            "请缩进两个空格；`ferry config check FILE` 会打印更正后的文件。";
    }
    ConfigDefaultPassword = 4012, Usage {
        what: "this is a well-known default password", "使用了众所周知的默认密码";
        why: "It stands in public manuals: whoever reaches the service can overwrite its images.",
            "该密码公开写在手册中：任何能访问该服务的人都可以覆盖其中的镜像。";
        next: "Change the password of the account, and give it by environment variable or `--registry-password-file` instead of in this file.",
            "请修改该账号的密码，并改用环境变量或 `--registry-password-file` 传入，不要写在文件中。";
    }
    ConfigIgnored = 4013, Usage {
        what: "this has no effect here", "此项在这里不起作用";
        why: "It is accepted because the files of charts-syncer have it; the detail says why it changes nothing.",
            "为兼容 charts-syncer 的文件而接受；不起作用的原因见详情。";
        next: "It can stay or be removed.",
            "可以保留，也可以删除。";
    }
    ConfigUnsupported = 4014, Usage {
        what: "this belongs to `ferry pack`, which this version does not have", "此功能属于 `ferry pack`，当前版本尚未提供";
        why: "Reading charts from a repository and writing bundles is the connected side's work. `ferry sync` reads packages and writes to a registry and a chart repository.",
            "从仓库读取 chart 并生成 bundle 属于联网侧的工作。`ferry sync` 读取离线包，写入镜像仓库和 Helm 仓库。";
        next: "Give the package with `source.intermediateBundlesPath` or as PACKAGE, and the target with `target.repo`.",
            "请用 `source.intermediateBundlesPath` 或命令行参数指定离线包，并用 `target.repo` 指定目标。";
    }
    CredentialsInvalid = 4021, Usage {
        what: "credentials are incomplete or cannot be read", "凭证不完整或无法读取";
        why: "A user name needs a password and the other way round; a password file has to be readable and hold one line. In YAML `#` behind a blank begins a comment: `password: #abc` is empty.",
            "用户名和密码必须同时提供；密码文件必须可读且只有一行。在 YAML 中，空格之后的 `#` 是注释的开头：`password: #abc` 的值为空。";
        next: "Give both, for example `--registry-username USER` with `--registry-password-file FILE` or `--registry-password-stdin`.",
            "请同时提供两者，例如 `--registry-username USER` 加 `--registry-password-file FILE` 或 `--registry-password-stdin`。";
    }
    Usage = 4031, Usage {
        what: "the command line is not right", "命令行有误";
        why: "An argument is unknown, missing, or does not go with another one.",
            "参数未知、缺失，或与其他参数冲突。";
        next: "See `ferry --help`, or `ferry COMMAND --help` for one command.",
            "请查看 `ferry --help`，或用 `ferry COMMAND --help` 查看某个命令的用法。";
    }
}
