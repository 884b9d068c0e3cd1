//! 12xx and 13xx: hints, relocation, and what is there already.

use super::explanations;

explanations! {
    HintInvalid = 1201, Package {
        what: "an image hint cannot be parsed", "镜像模板无法解析";
        why: "A line of `hints.yaml` (the chart's `.relok8s-images.yaml`) is not of the form `{{ .a.registry }}/{{ .a.repository }}:{{ .a.tag }}`.",
            "`hints.yaml`（即 chart 的 `.relok8s-images.yaml`）中有一行不符合 `{{ .a.registry }}/{{ .a.repository }}:{{ .a.tag }}` 的形式。";
        next: "Report file and line to the vendor: without this hint the image would be left behind, so `ferry sync` writes nothing.",
            "请把文件名和行号反馈给供应方：缺少这一行会遗漏镜像，因此 `ferry sync` 不会写入任何内容。";
    }
    HintUnrenderable = 1202, Package {
        what: "an image hint leads to no image", "镜像模板无法得出镜像名称";
        why: "The keys that it names are not in the values of the chart, or together they do not make an image reference.",
            "模板中的键在 chart 的 values 中不存在，或组合后不是合法的镜像名称。";
        next: "Report hint and keys to the vendor; `ferry inspect PACKAGE` shows all of them at once.",
            "请把模板和键名反馈给供应方；`ferry inspect PACKAGE` 会一次显示全部问题。";
    }
    NoRelocationRule = 1203, Usage {
        what: "nothing says where the images go", "没有指定镜像要推送到哪里";
        why: "At least the registry has to be given: `target.containerRegistry` in the file or `--to-registry` on the command line.",
            "至少需要指定镜像仓库地址：配置文件中的 `target.containerRegistry`，或命令行中的 `--to-registry`。";
        next: "Add one of the two; with `--skip-images` only the charts are published.",
            "请补充其中之一；加 `--skip-images` 则只发布 chart。";
    }
    DigestUnavailable = 1211, Package {
        what: "the chart names an image by a digest that the package does not have", "chart 用摘要引用的镜像不在离线包中";
        why: "The values pin the image to exact bytes. What would be pushed under the name has another digest, and the Pods would not start.",
            "values 把镜像固定到了确切的内容，而将要推送到该名称下的内容摘要不同，Pod 将无法启动。";
        next: "Ask the vendor for a package whose images keep their digests (an OCI layout or a wrap), or for a chart that names a tag.",
            "请向供应方索取保留镜像摘要的离线包（OCI layout 或 wrap），或使用标签引用镜像的 chart。";
    }
    Collision = 1204, Conflict {
        what: "two different images would get the same name", "两个不同的镜像会得到相同的目标名称";
        why: "`containerRepository` replaces the whole path but the last component, so `docker.io/a/b` and `quay.io/c/b` meet at one name; or the packages themselves have one name for two images.",
            "`containerRepository` 会替换除最后一段以外的整个路径，因此 `docker.io/a/b` 与 `quay.io/c/b` 会变成同一个名称；也可能是离线包自身用一个名称表示了两个镜像。";
        next: "Use `containerPrefixRepository` (`--prefix-repository`) or `containerPrefixRegistry` (`--prefix-registry`), which keep the original path. Packages with one name for two images go one at a time, or back to the vendor.",
            "请改用 `containerPrefixRepository`（`--prefix-repository`）或 `containerPrefixRegistry`（`--prefix-registry`），它们会保留原有路径。如果是离线包自身重名，请逐个处理，或反馈给供应方。";
    }
    ConflictingWrites = 1205, Package {
        what: "two hints want different values in one place", "两条镜像模板要求同一处写入不同的值";
        why: "Several images share one key of `values.yaml`, and no single value makes all of them right.",
            "多个镜像共用 `values.yaml` 中的同一个键，没有一个值能同时满足它们。";
        next: "Choose rules that change the shared key in the same way for all, for example `containerRegistry` alone.",
            "请选用对共用的键产生相同结果的规则，例如只设置 `containerRegistry`。";
    }
    ValueNotWritable = 1206, Package {
        what: "a value cannot be rewritten", "某个值无法改写";
        why: "The key is not a plain scalar, or the file that defines it is not where it should be.",
            "该键不是普通的标量，或定义它的文件不在应有的位置。";
        next: "Report chart and key to the vendor; `ferry sync` writes nothing as long as this is so.",
            "请把 chart 和键名反馈给供应方；在此之前 `ferry sync` 不会写入任何内容。";
    }
    RewriteMismatch = 1207, Package {
        what: "the rewritten chart would not name what is pushed", "改写后的 chart 与要推送的镜像不一致";
        why: "After the rewriting the hints are evaluated again and must lead to exactly the images that are pushed. They do not, so the module would not start.",
            "改写后会重新计算镜像模板，结果必须与要推送的镜像完全一致。现在并不一致，模块将无法启动，因此已停止。";
        next: "Nothing was written. Try `containerRegistry` without the other rules, and report the chart to the vendor.",
            "本次没有写入任何内容。请尝试只设置 `containerRegistry`，并把该 chart 反馈给供应方。";
    }
    HintsAbsent = 1208, Package {
        what: "nothing says where the chart names this image", "没有信息说明 chart 在何处引用该镜像";
        why: "The package has no hints. Values that name its images exactly were rewritten; for this image none was found. It is pushed, but the chart still asks for its original name.",
            "离线包没有镜像模板。values 中与镜像完全一致的引用已被改写，但没有找到对该镜像的引用。镜像会被推送，而 chart 仍使用原来的名称。";
        next: "Set its registry when the chart is installed, usually `--set global.imageRegistry=HOST`, or ask the vendor for a package with hints.",
            "请在安装 chart 时指定其镜像仓库，通常是 `--set global.imageRegistry=HOST`，或让供应方提供带镜像模板的离线包。";
    }
    RegistryLeft = 1212, Package {
        what: "a value still names the vendor's registry", "有一个值仍指向供应方的镜像仓库";
        why: "No hint covers it, so Ferry does not know what it is for and left it. What the chart starts with it would be pulled from there.",
            "没有镜像模板涉及该值，Ferry 不知道其用途，因此未改写。chart 用它启动的内容会从原仓库拉取。";
        next: "Set it when the chart is installed or upgraded, for example in the values file: the new registry and the path from the report.",
            "请在安装或升级 chart 时设置该值，例如写入 values 文件：使用新的镜像仓库地址和报告中的路径。";
    }
    ValueNotable = 1209, Package {
        what: "a value is handled in a way that might surprise", "有一个值的处理方式值得留意";
        why: "The result is right, but it is not what one would write at first; the cause says why.",
            "结果是正确的，但与通常的写法不同，原因见详情。";
        next: "Nothing has to be done; `ferry sync --output json` shows every rewritten value.",
            "无需处理；`ferry sync --output json` 会列出每个被改写的值。";
    }

    TagConflict = 1301, Conflict {
        what: "the tag exists with another image", "标签已存在，且内容不同";
        why: "The registry holds another image of the same platform under this name. Keeping it silently would leave old code running after the upgrade.",
            "镜像仓库中同名标签指向同一平台的另一个镜像。若不加提示地跳过，升级后仍会运行旧代码。";
        next: "Look at the registry, then choose: `--on-conflict overwrite` replaces it, `--on-conflict keep` leaves it. This tag was not touched; where the cause says that it changed during the run, others may have been set.",
            "请先在镜像仓库中确认，再选择：`--on-conflict overwrite` 覆盖，`--on-conflict keep` 保留。该标签没有被改动；如果详情说明它是在运行期间变化的，则其他标签可能已经设置。";
    }
    ChartConflict = 1302, Conflict {
        what: "the chart version exists with other content", "chart 版本已存在，且内容不同";
        why: "The chart repository holds this version already, and it is not the one that would be published: other rules or another package made it.",
            "Helm 仓库中已有该版本，但与将要发布的内容不同：它由不同的规则或另一个离线包生成。";
        next: "Choose: `--on-conflict overwrite` replaces it, `--on-conflict keep` leaves it. This version was not touched; where it appeared during the run, the images are in the registry already.",
            "请选择：`--on-conflict overwrite` 覆盖，`--on-conflict keep` 保留。该版本没有被改动；如果它是在运行期间出现的，则镜像已经在镜像仓库中。";
    }
}
