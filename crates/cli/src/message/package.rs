//! 10xx: the package.

use super::explanations;

explanations! {
    PackageNotFound = 1001, Package {
        what: "there is no such package", "找不到离线包";
        why: "Neither a file nor a directory has this name. A path on the command line is looked up from the current directory; `intermediateBundlesPath` after that from the directory of the configuration file too.",
            "该路径下既没有文件也没有目录。命令行中的路径相对于当前目录查找；`intermediateBundlesPath` 还会再相对于配置文件所在目录查找。";
        next: "Check the path with `ls`. For `ferry sync` a PACKAGE on the command line takes the place of `intermediateBundlesPath`.",
            "请用 `ls` 核对路径。`ferry sync` 命令行中的离线包会代替 `intermediateBundlesPath`。";
    }
    PackageUnreadable = 1002, Package {
        what: "the package cannot be read", "无法读取离线包";
        why: "The operating system refuses to open or to read it.",
            "操作系统拒绝打开或读取该文件。";
        next: "Check its permissions (`ls -l`) and, when reading fails in the middle, the disk (`dmesg`); copy the file again if the medium is damaged.",
            "请检查文件权限（`ls -l`）；如果读到一半失败，请检查磁盘（`dmesg`），介质损坏时请重新拷贝该文件。";
    }
    NotAPackage = 1003, Package {
        what: "this is not a package", "这不是离线包";
        why: "Ferry decides by content, not by name: it reads module downloads, bundle tars, unpacked bundles, OCI layouts, docker archives, wraps and charts, plain or compressed with gzip or zstd. The cause says what was seen instead.",
            "Ferry 按内容而不是按文件名判断：可以读取模块下载包、bundle tar、已解压的 bundle、OCI layout、docker save 归档、dt wrap 和 chart，未压缩或 gzip、zstd 压缩均可。实际看到的内容见详情。";
        next: "Check that the download is complete and that it is the file you mean (`ls -l`, `file PATH`); a saved web page or login form is a common reason.",
            "请确认下载完整且文件无误（`ls -l`、`file PATH`）；常见原因是把网页或登录页保存成了离线包。";
    }
    ArchiveTruncated = 1011, Package {
        what: "the archive ends too early", "归档文件不完整";
        why: "The headers promise more bytes than the file has: the download or the copy was cut off.",
            "文件头声明的长度大于实际长度，说明下载或拷贝中断过。";
        next: "Copy or download the package again and compare its size or its sha512 with the source.",
            "请重新下载或拷贝离线包，并与来源核对大小或 sha512。";
    }
    ArchiveCorrupt = 1012, Package {
        what: "the archive is damaged", "归档文件已损坏";
        why: "A header or a compressed block makes no sense at the stated place.",
            "在指出的位置，文件头或压缩块不合法。";
        next: "Copy or download the package again; if the source is the same, ask the vendor for a new one.",
            "请重新下载或拷贝离线包；如果来源文件也是如此，请联系供应方重新提供。";
    }
    UnsafeMember = 1013, Package {
        what: "the archive holds an unsafe member", "归档中存在不安全的成员";
        why: "Links, devices, absolute names and names with `..` have no place in a package: they are how an archive writes outside of its directory.",
            "离线包中不应有链接、设备文件、绝对路径或带 `..` 的名称：归档正是借此写到目录之外。";
        next: "Do not use this package. Get it again from the vendor and report the name of the member.",
            "请不要使用此离线包。请向供应方重新获取，并反馈该成员的名称。";
    }
    DuplicateMember = 1014, Package {
        what: "two members have one name and different content", "归档中有两个同名但内容不同的成员";
        why: "Which of them is meant cannot be known, and tools disagree about it.",
            "无法判断以哪一个为准，各种工具的处理方式也不一致。";
        next: "Ask the vendor for a package that was built in one go.",
            "请让供应方提供一次性完整打包的离线包。";
    }
    LimitExceeded = 1015, Package {
        what: "the package is larger inside than any real one", "离线包内部超出合理上限";
        why: "Limits on entries, nesting, sizes and compression ratio stop archives that are made to exhaust memory or disk.",
            "对条目数、嵌套层数、大小和压缩比设有上限，用于阻止恶意耗尽内存或磁盘的归档。";
        next: "If the package comes from a trusted source, report the limit that the cause names; otherwise discard it.",
            "如果离线包来源可信，请反馈详情中提到的上限；否则请弃用该文件。";
    }
    PackageChanged = 1016, Package {
        what: "the package changed while it was being read", "读取过程中离线包发生了变化";
        why: "Its size or modification time is not what it was at the start: it is probably still being copied.",
            "文件大小或修改时间与开始时不同，很可能仍在拷贝。";
        next: "Wait until the copy is complete and run the command again.",
            "请等待拷贝完成后重新执行命令。";
    }
    ChecksumMismatch = 1021, Package {
        what: "the package does not have the checksum that its checksum file states", "离线包与校验文件不一致";
        why: "The sha512 of the package differs from the file beside it: one of the two is damaged or belongs to another version.",
            "离线包的 sha512 与同目录的校验文件不同：其中一个已损坏，或属于其他版本。";
        next: "Download both again from the same page. `ferry sync` sets no tag and publishes no chart from such a package.",
            "请从同一页面重新下载这两个文件。对于这样的离线包，`ferry sync` 不会设置任何标签，也不会发布任何 chart。";
    }
    ChecksumNamesOther = 1022, Package {
        what: "the checksum file names another file", "校验文件中写的是另一个文件名";
        why: "Download pages are known to publish such files. The sum itself decides, the name does not.",
            "下载页面上确实存在这样的校验文件。以校验值为准，不以文件名为准。";
        next: "Nothing has to be done when the sum matches; make sure that both files are of the same version.",
            "校验值一致时无需处理；请确认两个文件属于同一版本。";
    }
    ChecksumUnreadable = 1023, Package {
        what: "the checksum file cannot be understood", "无法识别校验文件";
        why: "A line of `sha512sum` is 128 hexadecimal digits, two spaces and a name.",
            "`sha512sum` 的每一行应为 128 位十六进制数、两个空格和文件名。";
        next: "Download the checksum file again, or move it away to go on without it.",
            "请重新下载校验文件，或将其移走后在没有校验文件的情况下继续。";
    }
    ChecksumAbsent = 1024, Package {
        what: "no checksum file covers the package", "离线包没有校验文件";
        why: "Images are checked byte by byte against their digests in any case. What charts and hints have to be says only the checksum file.",
            "镜像始终会按摘要逐字节核对；而 chart 和镜像模板是否正确，只有校验文件才能说明。";
        next: "Download the checksum file from where the package came from and put it into the same directory.",
            "请从离线包的来源处下载校验文件，放到同一目录。";
    }
    BlobDigestMismatch = 1031, Package {
        what: "content is not what its digest says", "内容与摘要不一致";
        why: "At least one byte of this member is damaged.",
            "该成员至少有一个字节已损坏。";
        next: "Copy or download the package again. `ferry sync` sets no tag and publishes no chart from such a package.",
            "请重新下载或拷贝离线包。对于这样的离线包，`ferry sync` 不会设置任何标签，也不会发布任何 chart。";
    }
    BlobSizeMismatch = 1032, Package {
        what: "content has another size than stated", "内容的大小与声明不符";
        why: "The manifest and the archive disagree: one of them is damaged.",
            "manifest 与归档中的大小不一致，其中一方已损坏。";
        next: "Copy or download the package again; `ferry verify PACKAGE` lists every fault at once.",
            "请重新下载或拷贝离线包；`ferry verify PACKAGE` 会一次列出所有问题。";
    }
    BlobMissing = 1033, Package {
        what: "the package lacks a blob that an image needs", "离线包缺少镜像所需的数据层";
        why: "A manifest names it, but no member of the archive holds it.",
            "manifest 引用了它，但归档中没有对应的成员。";
        next: "Get a complete package; an image without one of its layers cannot run.",
            "请获取完整的离线包；缺少任何一层的镜像都无法运行。";
    }
    ManifestInvalid = 1034, Package {
        what: "an image's manifest, index, config or name is not valid", "镜像的 manifest、index、config 或名称不合法";
        why: "It is not what the OCI image specification asks for, or not the name of an image; the cause says what it is.",
            "其内容不符合 OCI 镜像规范，或不是合法的镜像名称，具体见详情。";
        next: "Get the package again; if it stays so, report it to the vendor with this code.",
            "请重新获取离线包；如果问题依旧，请把此错误码反馈给供应方。";
    }
    ImageMissing = 1041, Package {
        what: "the package lacks an image that the chart needs", "离线包缺少 chart 需要的镜像";
        why: "A line of `hints.yaml` or `Images.lock` names it, but the package does not hold it. Behind the air gap nobody can fetch it later.",
            "`hints.yaml` 或 `Images.lock` 中列出了该镜像，但离线包中没有。离线环境中无法再补拉。";
        next: "Ask the vendor for a complete package. `ferry inspect PACKAGE` lists what is in it.",
            "请让供应方提供完整的离线包。`ferry inspect PACKAGE` 可以列出包内内容。";
    }
    ImageUnreferenced = 1042, Package {
        what: "no hint names an image of the package", "离线包中有未被引用的镜像";
        why: "It is in `images.tar`, but no line of `hints.yaml` leads to it, so the chart cannot be pointed at it, and `ferry sync` does not push it.",
            "该镜像在 `images.tar` 中，但 `hints.yaml` 没有任何一行指向它，因此无法让 chart 指向它，`ferry sync` 也不会推送它。";
        next: "Usually harmless; tell the vendor if the module needs this image.",
            "通常没有影响；如果模块确实需要该镜像，请告知供应方。";
    }
    PlatformMismatch = 1043, Package {
        what: "an image is for another platform", "镜像的平台不符";
        why: "Its config names another operating system or architecture than the file name, `Images.lock`, an index or `--platform` says.",
            "镜像 config 中的操作系统或架构与文件名、`Images.lock`、index 或 `--platform` 不符。";
        next: "Download the package for the architecture of your nodes (amd64 or arm64), or correct `--platform`.",
            "请下载与节点架构（amd64 或 arm64）一致的离线包，或更正 `--platform`。";
    }
    ImagesAbsent = 1044, Package {
        what: "the package has no images", "离线包中没有镜像";
        why: "It was made without `images.tar`, or it is a plain chart.",
            "打包时没有包含 `images.tar`，或者这只是一个 chart。";
        next: "Take the full package; or, when the images are in the registry already, publish the chart alone with `--skip-images`.",
            "请使用完整的离线包；如果镜像已在镜像仓库中，可以加 `--skip-images` 只发布 chart。";
    }
    NothingFound = 1051, Package {
        what: "no chart or image was found", "没有找到 chart 或镜像";
        why: "There is none at this path, none of this name and version, or `charts`, `skipCharts` and the flags leave nothing to do.",
            "该路径下没有 chart 或镜像、没有该名称和版本的 chart，或者 `charts`、`skipCharts` 和命令行参数没有留下可处理的内容。";
        next: "`ferry inspect PATH` shows what is there: compare it with the path, and with the names and versions under `charts`.",
            "请用 `ferry inspect PATH` 查看实际内容，并与路径以及 `charts` 中的名称和版本核对。";
    }
    ChartInvalid = 1061, Package {
        what: "a chart cannot be loaded", "无法加载 chart";
        why: "A file of the chart, usually `Chart.yaml` or `values.yaml`, is missing, damaged or unsafe; the cause says which.",
            "chart 中的某个文件（通常是 `Chart.yaml` 或 `values.yaml`）缺失、损坏或不安全，详情中有说明。";
        next: "Report it to the vendor; a chart that cannot be loaded cannot be installed by Helm either.",
            "请反馈给供应方；无法加载的 chart 用 Helm 也无法安装。";
    }
    ChartMissing = 1062, Package {
        what: "a bundle has no chart", "bundle 中没有 chart";
        why: "There is no `original-chart/Chart.yaml` in it, so nothing says which images belong to which values.",
            "其中没有 `original-chart/Chart.yaml`，无法得知镜像与 values 的对应关系。";
        next: "Take the complete bundle, or sync its images alone by naming `images.tar` itself as the package.",
            "请使用完整的 bundle；如果只需要镜像，可以直接把 `images.tar` 作为离线包指定。";
    }
    LockInvalid = 1063, Package {
        what: "the wrap's lock file does not fit its content", "wrap 的 lock 文件与内容不符";
        why: "`Images.lock` is not readable, names images that are missing, or was made without images.",
            "`Images.lock` 无法读取、列出了缺失的镜像，或打包时没有包含镜像。";
        next: "Make the wrap again with its images on the connected side.",
            "请在联网环境中重新制作包含镜像的 wrap。";
    }
    MemberIgnored = 1064, Package {
        what: "a part of the package was not looked at", "离线包中有一部分没有处理";
        why: "It is no chart, no image and nothing that one of them needs; the cause says what it is.",
            "它既不是 chart 或镜像，也不是它们所需的内容，详情中有说明。";
        next: "Usually nothing has to be done; if it should be part of the module, report it to the vendor.",
            "通常无需处理；如果它应当属于该模块，请反馈给供应方。";
    }
}
