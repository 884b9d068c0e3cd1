//! 60xx: charts, as the commands with helm's names meet them. They end as helm ends: with 1.

use super::explanations;

explanations! {
    ChartNotFound = 6001, Failure {
        what: "there is no such chart", "找不到 chart";
        why: "A chart is a directory with a Chart.yaml, a .tgz made from one, or a package that holds one. Neither a file nor a directory has this name.",
            "chart 可以是含有 Chart.yaml 的目录、由其打包的 .tgz，或含有 chart 的离线包。该路径下既没有文件也没有目录。";
        next: "Check the path with `ls`; relative paths start from the current directory.",
            "请用 `ls` 核对路径；相对路径从当前目录开始。";
    }
    ChartNotLocal = 6002, Failure {
        what: "this is not on this machine", "本机上没有该内容";
        why: "Nothing here has this name as a path, and this command reads nothing from the network.",
            "本机没有这个路径，而该命令不会从网络读取任何内容。";
        next: "Fetch the chart or the file first, then name it by its path, such as `./shop-1.0.0.tgz`.",
            "请先获取 chart 或文件，再以路径指定，例如 `./shop-1.0.0.tgz`。";
    }
    ChartUnloadable = 6003, Failure {
        what: "the chart cannot be loaded", "无法加载 chart";
        why: "Its archive is damaged, or its Chart.yaml or a chart inside it breaks a rule that helm checks too.",
            "归档已损坏，或其 Chart.yaml 或内部的 chart 违反了 helm 同样会检查的规则。";
        next: "Correct what the line above names, or get the chart again; `ferry lint` finds most mistakes of a directory at once.",
            "请改正上面指出的问题，或重新获取 chart；对于目录，`ferry lint` 可以一次找出大多数错误。";
    }
    ChartAmbiguous = 6004, Failure {
        what: "the package holds more than one chart", "离线包含有多个 chart";
        why: "Which of them is meant cannot be known.",
            "无法判断指的是哪一个。";
        next: "See the charts with `ferry inspect`, take the one you mean out of the package and name it by its path.",
            "请用 `ferry inspect` 查看其中的 chart，取出所需的一个，再以路径指定。";
    }
    ChartNotInstallable = 6005, Failure {
        what: "this chart cannot be installed", "该 chart 不可安装";
        why: "A library chart only has templates for other charts.",
            "library 类型的 chart 只为其他 chart 提供模板。";
        next: "Name a chart of type `application` that uses it.",
            "请指定使用它的 `application` 类型 chart。";
    }
    ChartDependencyMissing = 6006, Failure {
        what: "charts that this chart needs are missing", "缺少依赖的 chart";
        why: "Chart.yaml declares them, but nothing of that name lies in its `charts` directory.",
            "Chart.yaml 声明了依赖，但 `charts` 目录中没有同名的 chart。";
        next: "Put them there, or run `ferry dependency build` where they can be had; `ferry dependency list` shows each.",
            "请放入 `charts` 目录，或在可以获取依赖的地方执行 `ferry dependency build`；`ferry dependency list` 会逐个列出。";
    }
    KubeVersionInvalid = 6007, Failure {
        what: "this is no version of Kubernetes", "不是有效的 Kubernetes 版本";
        why: "A version has at least two numbers, such as `1.33` or `v1.33.4`.",
            "版本至少由两个数字组成，例如 `1.33` 或 `v1.33.4`。";
        next: "Correct the value of `--kube-version`.",
            "请改正 `--kube-version` 的值。";
    }
    KubeVersionUnfit = 6008, Failure {
        what: "the chart is not for this version of Kubernetes", "chart 不支持该 Kubernetes 版本";
        why: "Its Chart.yaml says which versions it is for.",
            "Chart.yaml 的 `kubeVersion` 说明了支持的版本。";
        next: "Give the version of your cluster with `--kube-version`, or use another version of the chart.",
            "请用 `--kube-version` 给出集群的版本，或使用其他版本的 chart。";
    }
    ValuesUnreadable = 6011, Failure {
        what: "a values file cannot be read", "无法读取 values 文件";
        why: "The operating system does not give it out.",
            "操作系统拒绝读取，或文件不存在。";
        next: "Check the path and its permissions (`ls -l`).",
            "请检查路径和权限（`ls -l`）。";
    }
    ValuesInvalid = 6012, Failure {
        what: "the values cannot be understood", "无法识别 values";
        why: "They are no YAML, no table of keys, or a table stands where the chart has something else.",
            "内容不是 YAML、不是键值表，或类型与 chart 中的不一致。";
        next: "Correct what the line above names. Commas and dots that belong to a value need a backslash in `--set`; `--set-literal` takes everything as it is.",
            "请改正上面指出的问题。`--set` 的值中若含逗号，或键名中含点，需加反斜杠；`--set-literal` 会原样接受全部内容。";
    }
    ValuesAgainstSchema = 6013, Failure {
        what: "the values do not meet the chart's schema", "values 不符合 chart 的 schema";
        why: "The chart brings a `values.schema.json`; the lines above say which value is wrong and what it must be.",
            "chart 带有 `values.schema.json`；上面的内容说明了哪个值有误以及应为什么。";
        next: "Correct the values. `--skip-schema-validation` renders without the check.",
            "请改正 values。`--skip-schema-validation` 会跳过该检查。";
    }
    TemplateSyntax = 6021, Failure {
        what: "a template cannot be parsed", "无法解析模板";
        why: "It breaks a rule of the template language, or names a function that helm does not have.",
            "模板不符合模板语言的语法，或使用了 helm 没有的函数。";
        next: "Correct the template at the place above, or report it to the author of the chart.",
            "请在上面的位置改正模板，或反馈给 chart 的作者。";
    }
    TemplateFailed = 6022, Failure {
        what: "a template cannot be executed", "模板执行失败";
        why: "A value is missing or has another type than the template expects; the cause says what was found.",
            "缺少某个值，或其类型与模板的预期不同；详情说明了实际情况。";
        next: "Look at the expression marked above and at the values it uses; a values file that fills them in is the usual answer.",
            "请查看上面标出的表达式及其使用的值；通常需要用 values 文件补充这些值。";
    }
    TemplateComplaint = 6023, Failure {
        what: "the chart refuses to be rendered like this", "chart 拒绝以此方式渲染";
        why: "Its author wrote this message for values that are missing or do not go together.",
            "这是 chart 作者为缺少的值或相互矛盾的值写下的提示。";
        next: "Do what the message says, with `--set` or a values file.",
            "请按提示用 `--set` 或 values 文件补充或修改。";
    }
    ManifestInvalidYaml = 6024, Failure {
        what: "a rendered document is no YAML", "渲染结果不是合法的 YAML";
        why: "The template makes text that Kubernetes could not read, often through indentation or a value that needs quotes.",
            "模板生成的文本 Kubernetes 无法读取，常见原因是缩进或缺少引号。";
        next: "Correct the template or the values that it puts in; `ferry lint` names the template too.",
            "请改正模板或填入的值；`ferry lint` 也会指出模板名称。";
    }
    TemplateNotFound = 6025, Failure {
        what: "no such template made anything", "没有符合的模板输出";
        why: "`--show-only` takes paths inside the chart, such as `templates/service.yaml`; one whose result is empty or whose chart is switched off counts as missing.",
            "`--show-only` 的参数是 chart 内的路径，例如 `templates/service.yaml`；结果为空或所属 chart 被关闭的模板视为不存在。";
        next: "Run the command without `--show-only` and look for the lines that begin with `# Source:`.",
            "请去掉 `--show-only` 再执行，并查看以 `# Source:` 开头的行。";
    }
    ReleaseNameInvalid = 6026, Failure {
        what: "no release can have this name", "release 名称不合法";
        why: "A name has at most 53 lower-case letters, digits, dots and hyphens, and starts and ends with a letter or digit.",
            "名称最多 53 个字符，只能含小写字母、数字、点和连字符，且以字母或数字开头和结尾。";
        next: "Choose another name, or correct the template of `--name-template`.",
            "请换一个名称，或改正 `--name-template` 的模板。";
    }
    FlagUnsupported = 6031, Failure {
        what: "this flag of helm's is not supported", "不支持 helm 的这个参数";
        why: "Ferry works without plugins here, without a cluster and without a network; passing the flag over would give another result than helm does.",
            "ferry 在此不使用插件、集群和网络；忽略该参数会得到与 helm 不同的结果。";
        next: "Leave the flag out, or do what it stands for in a step of its own.",
            "请去掉该参数，或将其对应的操作单独执行。";
    }
    ChartUsage = 6032, Failure {
        what: "the command line is not right", "命令行用法有误";
        why: "An argument is missing, is one too many, or does not go with another one.",
            "缺少参数、参数过多，或参数之间不能同时使用。";
        next: "See the command's `--help`.",
            "请查看该命令的 `--help`。";
    }
    LintFailed = 6041, Failure {
        what: "the chart has mistakes", "chart 存在错误";
        why: "The lines marked with ERROR above name them.",
            "上面标有 ERROR 的行指出了具体问题。";
        next: "Correct them and run `ferry lint` again.",
            "请改正后重新执行 `ferry lint`。";
    }
    PackagingFailed = 6051, Failure {
        what: "the chart cannot be packed", "无法打包 chart";
        why: "Something about its version, its dependencies or the destination stands in the way; the line above names it.",
            "版本、依赖或目标目录存在问题，上面的内容指出了原因。";
        next: "Correct it and run the command again; nothing was left behind.",
            "请改正后重新执行；没有留下任何文件。";
    }
    DependencyUnresolved = 6061, Failure {
        what: "a chart that this chart needs cannot be had", "无法获取依赖的 chart";
        why: "It is neither in the `charts` directory nor at the path that Chart.yaml names.",
            "它既不在 `charts` 目录中，也不在 Chart.yaml 指定的路径下。";
        next: "Correct `repository` or `version` in Chart.yaml, or put the chart into the `charts` directory by hand.",
            "请改正 Chart.yaml 中的 `repository` 或 `version`，或手工将 chart 放入 `charts` 目录。";
    }
    LockOutdated = 6062, Failure {
        what: "the lock file is for other dependencies", "锁文件与依赖不一致";
        why: "Chart.yaml was changed after Chart.lock was written.",
            "Chart.lock 写入之后，Chart.yaml 又被修改。";
        next: "Run `ferry dependency update`.",
            "请执行 `ferry dependency update`。";
    }
}
