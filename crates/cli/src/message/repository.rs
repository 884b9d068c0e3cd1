//! 61xx: repositories and registries, in commands with helm's names.

use super::explanations;

explanations! {
    RepositoriesNone = 6101, Failure {
        what: "no chart repository is configured", "尚未配置任何 chart 仓库";
        why: "An alias stands for the address of a repository, and this user's list of them is empty.",
            "别名代表仓库的地址，而当前用户的仓库列表为空。";
        next: "Add it: `ferry repo add NAME http://HOST/chartrepo/PROJECT`. A Harbor from 2.8 on, and every registry, needs none: use `oci://HOST/PROJECT/CHART` where ALIAS/CHART would stand.",
            "请添加仓库：`ferry repo add NAME http://HOST/chartrepo/PROJECT`。Harbor 2.8 及以上版本和其他镜像仓库无需添加：在原来写 别名/CHART 的地方直接写 `oci://HOST/PROJECT/CHART`。";
    }
    RepositoriesInvalid = 6102, Failure {
        what: "the list of repositories cannot be read", "无法读取仓库列表";
        why: "It should be the `repositories.yaml` that helm or ferry wrote.",
            "该文件应为 helm 或 ferry 写入的 `repositories.yaml`。";
        next: "Move the file away and add the repositories again with `ferry repo add`, or name another one with `--repository-config`.",
            "请移走该文件后用 `ferry repo add` 重新添加仓库，或用 `--repository-config` 指定其他文件。";
    }
    RepositoryUnknown = 6103, Failure {
        what: "there is no repository of this name", "没有这个名称的仓库";
        why: "It is not in this user's list; root and other users have lists of their own. Where there are others, the cause names them.",
            "当前用户的仓库列表中没有它；root 和其他用户各有自己的列表。如果已配置其他仓库，详情中会列出。";
        next: "Look with `ferry repo list`, then add it with `ferry repo add NAME URL`.",
            "请用 `ferry repo list` 查看，然后用 `ferry repo add NAME URL` 添加。";
    }
    RepositoryNamesChart = 6104, Failure {
        what: "this names a chart, and the name of a repository is wanted", "这里需要仓库名称，而给出的是 chart";
        why: "Indexes belong to repositories: ALIAS/CHART is for `search`, `pull` and `upgrade`.",
            "索引属于仓库；别名/CHART 的写法用于 `search`、`pull` 和 `upgrade`。";
        next: "Leave out the slash and what follows it: `ferry repo update ALIAS`.",
            "请去掉斜杠及其后的内容：`ferry repo update 别名`。";
    }
    RepositoryName = 6105, Failure {
        what: "this cannot be the name of a repository", "该名称不能用作仓库名称";
        why: "A slash separates the repository from the chart in ALIAS/CHART.",
            "在 别名/CHART 的写法中，斜杠用于分隔仓库和 chart。";
        next: "Choose a name without a slash.",
            "请使用不含斜杠的名称。";
    }
    RepositoryExists = 6106, Failure {
        what: "the name belongs to another repository", "该名称已被其他仓库使用";
        why: "It is in the list with another address or other settings; the cause shows both addresses.",
            "列表中的同名仓库地址或设置不同，详情中列出了两个地址。";
        next: "Choose another name, or replace it with `--force-update`.",
            "请更换名称，或加 `--force-update` 替换。";
    }
    RepositoryAddress = 6107, Failure {
        what: "this is not an address that can be used here", "该地址不能用在这里";
        why: "Repositories are at http:// and https:// addresses, registries at oci:// ones; nothing is guessed.",
            "chart 仓库的地址以 http:// 或 https:// 开头，镜像仓库以 oci:// 开头，程序不会猜测。";
        next: "Write the whole address, such as `http://10.16.10.111/chartrepo/PROJECT` or `oci://10.16.10.111/PROJECT`.",
            "请写出完整地址，例如 `http://10.16.10.111/chartrepo/PROJECT` 或 `oci://10.16.10.111/PROJECT`。";
    }
    RepositoryIsRegistry = 6108, Failure {
        what: "a registry cannot be added as a repository", "镜像仓库不能作为 chart 仓库添加";
        why: "Charts in a registry are named by their whole address and need no alias.",
            "镜像仓库中的 chart 用完整地址引用，不需要别名。";
        next: "Leave out `repo add` and use the address itself: `ferry search repo oci://HOST/PROJECT/CHART --versions`, `ferry pull oci://HOST/PROJECT/CHART --version VERSION`.",
            "无需执行 `repo add`，直接使用地址：`ferry search repo oci://HOST/PROJECT/CHART --versions`、`ferry pull oci://HOST/PROJECT/CHART --version VERSION`。";
    }
    RepositoryAnswersHtml = 6109, Failure {
        what: "a web page answers where a repository's index.yaml should be", "仓库的 index.yaml 所在位置返回的是网页";
        why: "A portal, a login form or a proxy answers, or the address is that of the web interface.",
            "响应来自门户、登录页面或代理，或者该地址是 Web 界面的地址。";
        next: "Check the address (`curl -i ADDRESS/index.yaml`): Harbor's is `http://HOST/chartrepo/PROJECT`, from Harbor 2.8 on `oci://HOST/PROJECT`. Check `HTTP_PROXY` and `NO_PROXY` too.",
            "请检查地址（`curl -i 地址/index.yaml`）：Harbor 的地址是 `http://HOST/chartrepo/PROJECT`，2.8 及以上版本为 `oci://HOST/PROJECT`。同时检查 `HTTP_PROXY` 和 `NO_PROXY`。";
    }
    RepositoryMoved = 6110, Failure {
        what: "this Harbor has no chart repository any more; its charts are at", "该 Harbor 已没有 chart 仓库，chart 位于";
        why: "From Harbor 2.8 on, charts are kept in its registry, beside the images, and `/chartrepo/` is gone.",
            "自 Harbor 2.8 起，chart 与镜像一同存放在镜像仓库中，`/chartrepo/` 已被移除。";
        next: "Leave out `repo add` and `repo update`, and write this address with the chart's name where ALIAS/CHART would stand: `ferry search repo oci://HOST/PROJECT/CHART --versions`, `ferry pull oci://HOST/PROJECT/CHART --version VERSION`.",
            "请跳过 `repo add` 和 `repo update`，在原来写 别名/CHART 的地方改用该地址加 chart 名称：`ferry search repo oci://HOST/PROJECT/CHART --versions`、`ferry pull oci://HOST/PROJECT/CHART --version VERSION`。";
    }
    RepositoryNotCached = 6111, Failure {
        what: "there is no cached index of this repository", "没有该仓库的索引缓存";
        why: "Charts are looked up in a copy of the index that `repo add` and `repo update` make; it has gone, or the cache is another one.",
            "chart 是在 `repo add` 和 `repo update` 生成的索引副本中查找的；该副本已不存在，或使用了另一个缓存目录。";
        next: "Run `ferry repo update ALIAS`, then the same command again.",
            "请执行 `ferry repo update 别名`，然后重新执行同一命令。";
    }
    ChartReference = 6112, Failure {
        what: "this does not say which chart", "无法据此确定是哪个 chart";
        why: "A chart is named as ALIAS/CHART, as a URL of its .tgz, or as oci://HOST/PATH/CHART in lower case; a tag and `--version` must agree.",
            "chart 的写法为 别名/CHART、.tgz 的 URL，或小写的 oci://HOST/PATH/CHART；标签必须与 `--version` 一致。";
        next: "Write the chart in one of these ways; `ferry search repo` lists what there is.",
            "请按上述写法之一给出 chart；`ferry search repo` 可以列出现有的 chart。";
    }
    ChartUnknown = 6113, Failure {
        what: "the repository has no such chart", "仓库中没有这个 chart";
        why: "Its name is not there. An index is a copy and may be old; of a registry's charts a user sees those of its own projects.",
            "其中没有该名称。索引是副本，可能已过时；对于镜像仓库，用户只能看到有权限的项目。";
        next: "Run `ferry repo update`, then `ferry search repo`; for a registry check the project and `ferry registry login HOST`.",
            "请执行 `ferry repo update`，再用 `ferry search repo` 查看；对于镜像仓库，请检查项目名称并执行 `ferry registry login HOST`。";
    }
    ChartVersionUnknown = 6114, Failure {
        what: "the repository has no such version of the chart", "仓库中没有该 chart 的这个版本";
        why: "No version fits what was asked for. The index may be older than the version, or the package was not synced yet.",
            "没有满足要求的版本。索引可能早于该版本，或离线包尚未同步。";
        next: "Run `ferry repo update`, then `ferry search repo ALIAS/CHART --versions`, and give one of the versions to `--version`.",
            "请执行 `ferry repo update`，再执行 `ferry search repo 别名/CHART --versions`，并从中选择一个版本用于 `--version`。";
    }
    ChartOnlyPrereleases = 6115, Failure {
        what: "the chart has pre-releases only, and none was asked for", "该 chart 只有预发布版本，而命令没有指定预发布版本";
        why: "Without `--version` the newest release is meant; versions such as 0.21.0-rc1 do not count as releases.",
            "不带 `--version` 表示最新的正式版本；0.21.0-rc1 这类版本不属于正式版本。";
        next: "Name the version: `--version VERSION` (the cause shows which there are), or take the newest pre-release with `--devel`.",
            "请用 `--version VERSION` 指定版本（详情中列出了现有版本），或加 `--devel` 使用最新的预发布版本。";
    }
    VersionConstraint = 6116, Failure {
        what: "this is neither a version nor a constraint", "这既不是版本也不是版本约束";
        why: "Versions look like 0.21.0, constraints like ^0.21, `>=0.20 <0.22` or 0.21.x.",
            "版本形如 0.21.0，约束形如 ^0.21、`>=0.20 <0.22` 或 0.21.x。";
        next: "Correct `--version`; quote it where it holds spaces, `<` or `>`.",
            "请更正 `--version`；包含空格、`<` 或 `>` 时请加引号。";
    }
    ChartOnAnotherHost = 6117, Failure {
        what: "the chart lies on another host than its repository, and that host wants credentials", "chart 位于仓库之外的主机上，且该主机要求凭据";
        why: "User name and password go to the repository's own scheme, host and port only: an index could name any host.",
            "用户名和密码只发送给仓库自身的协议、主机和端口，因为索引中可以写任意主机。";
        next: "Correct the addresses in the repository (its external URL), or, if that host may have the password, use `--pass-credentials`.",
            "请更正仓库中的地址（仓库的外部访问地址）；如果允许该主机得到密码，请加 `--pass-credentials`。";
    }
    ChartDigest = 6118, Failure {
        what: "the chart is not the one that the index describes", "chart 与索引中的描述不符";
        why: "Its sha256 is another one: the index is old, the file was replaced, or it was changed on the way. Nothing was written.",
            "sha256 不一致：索引已过时、文件被替换，或在传输中被改动。没有写入任何文件。";
        next: "Run `ferry repo update`, then the same command again; if it stays so, have the repository's index made anew.",
            "请执行 `ferry repo update` 后重试；如果仍然如此，请重新生成仓库的索引。";
    }
    NotAChart = 6119, Failure {
        what: "this is not a packaged chart", "这不是 chart 包";
        why: "A chart is a gzipped tar archive, in a registry a manifest with a chart's layer. A portal's page or an image is none.",
            "chart 包是 gzip 压缩的 tar 归档，在镜像仓库中则是含有 chart 层的 manifest。门户网页或镜像都不是。";
        next: "Check the address or the file: `file CHART.tgz`, `tar tzf CHART.tgz`.",
            "请检查地址或文件：`file CHART.tgz`、`tar tzf CHART.tgz`。";
    }
    UntarTargetExists = 6120, Failure {
        what: "something lies where the chart would be unpacked to", "解压位置已存在同名文件或目录";
        why: "Files of two versions would be mixed, and old CRDs applied with the new ones.",
            "否则两个版本的文件会混在一起，旧的 CRD 会与新的一同应用。";
        next: "Move it away, or name another directory with `--untardir`.",
            "请移走它，或用 `--untardir` 指定其他目录。";
    }
    SearchExpression = 6121, Failure {
        what: "this is not a regular expression", "这不是正则表达式";
        why: "With `--regexp` the keyword is one; brackets and `*` have a meaning of their own.",
            "使用 `--regexp` 时关键字是正则表达式，括号和 `*` 有特殊含义。";
        next: "Correct the expression, quote it, or leave out `--regexp`.",
            "请更正表达式并加引号，或去掉 `--regexp`。";
    }
    SearchNothingFound = 6122, Failure {
        what: "nothing was found", "没有找到结果";
        why: "`--fail-on-no-result` makes that a failure. Pre-releases are left out unless `--devel` or `--version` asks for them.",
            "`--fail-on-no-result` 会把没有结果视为失败。预发布版本需用 `--devel` 或 `--version` 才会列出。";
        next: "Run `ferry repo update`, look at all with `ferry search repo`, or try `--devel`.",
            "请执行 `ferry repo update`，用 `ferry search repo` 查看全部，或加 `--devel`。";
    }
    RegistryHost = 6123, Failure {
        what: "this is not the host of a registry", "这不是镜像仓库的主机";
        why: "Credentials belong to a host: no scheme, no project, no path.",
            "凭据属于主机：不含协议、项目和路径。";
        next: "Write HOST or HOST:PORT, such as `ferry registry login 10.16.10.111`.",
            "请写 HOST 或 HOST:PORT，例如 `ferry registry login 10.16.10.111`。";
    }
    CredentialsMissing = 6124, Failure {
        what: "user name or password is missing", "缺少用户名或密码";
        why: "helm would ask for it; ferry never does, since in a script nobody answers.",
            "helm 会在此时询问；ferry 从不询问，因为脚本中无人应答。";
        next: "Give `--username` and `--password-stdin`: `ferry registry login HOST -u NAME --password-stdin < FILE`.",
            "请给出 `--username` 和 `--password-stdin`：`ferry registry login HOST -u NAME --password-stdin < FILE`。";
    }
    CredentialHelper = 6125, Failure {
        what: "the credential helper fails", "凭据助手执行失败";
        why: "The registry configuration says that another program keeps the passwords, and it did not do it.",
            "镜像仓库配置指定由另一个程序保存密码，但该程序未能完成。";
        next: "Check that the program is on the PATH and works, or remove `credsStore` and `credHelpers` from the file.",
            "请检查该程序是否在 PATH 中且可用，或从文件中删除 `credsStore` 和 `credHelpers`。";
    }
    ClientCertificate = 6126, Failure {
        what: "client certificates are not supported", "不支持客户端证书";
        why: "Ferry shows no certificate of its own to servers; without it this server would refuse.",
            "ferry 不会向服务器出示客户端证书；没有它，服务器会拒绝访问。";
        next: "Leave out `--cert-file` and `--key-file` where the server asks for none, or use a user name and a password.",
            "如果服务器不要求客户端证书，请去掉 `--cert-file` 和 `--key-file`；或改用用户名和密码。";
    }
    ProvenanceUnsupported = 6127, Failure {
        what: "provenance is not verified yet", "尚不支持验证 provenance";
        why: "Going on would look as if the signature had been checked.",
            "继续执行会让人误以为签名已经过验证。";
        next: "Fetch the signature with `--prov` and verify it with `helm verify` or `gpg`; checksums of packages are checked by `ferry verify`.",
            "请用 `--prov` 下载签名文件，再用 `helm verify` 或 `gpg` 验证；离线包的校验和可用 `ferry verify` 检查。";
    }
}
