//! 122x and 2071: what rendered charts would run.

use super::explanations;

explanations! {
    ChartNotRendered = 1221, Package {
        what: "the chart does not render", "chart 无法渲染";
        why: "Its templates were executed as helm does, and they end in an error with these values; the cause is in helm's words. A chart that wants values of its own does so with its defaults alone.",
            "已按 helm 的方式执行模板，使用这些 values 时出错，详情为 helm 的原文。需要用户提供 values 的 chart 仅用默认值时会这样。";
        next: "Give the values that it wants with `-f FILE` to `ferry images` or `ferry chart diff`; as a note it only says that the images in its objects were not looked at.",
            "请用 `-f FILE` 把所需的 values 交给 `ferry images` 或 `ferry chart diff`；作为提示出现时，仅表示没有核对其对象中的镜像。";
    }
    RenderedMissing = 1222, Package {
        what: "the chart runs an image that the package does not have", "chart 会运行的镜像不在离线包中";
        why: "Objects that the chart renders with its default values name it, and behind the air gap it can come from nowhere else: their Pods would not start.",
            "chart 用默认 values 渲染出的对象引用了该镜像，而离线环境无法从别处拉取，相应的 Pod 将无法启动。";
        next: "Ask the vendor for a package with this image; `ferry images PACKAGE --output table` shows which object, template and value name it.",
            "请向供应方索取包含该镜像的离线包；`ferry images PACKAGE --output table` 会显示引用它的对象、模板和值。";
    }
    HintNotRendered = 1223, Package {
        what: "no rendered object names this image", "渲染出的对象都没有引用该镜像";
        why: "A hint brings it along, and with the default values nothing the chart renders runs it. Operators start Pods too, and other values may switch something on.",
            "镜像模板带上了它，但用默认 values 渲染出的对象没有运行它。Operator 也会创建 Pod，其他 values 也可能启用它。";
        next: "Nothing has to be done; the image is pushed like the others.",
            "无需处理；该镜像会与其他镜像一起推送。";
    }
    RenderedElsewhere = 1224, Package {
        what: "the relocated chart would not run what is pushed", "改写后的 chart 不会使用所推送的镜像";
        why: "The chart was rendered with the rewritten values. A template puts its image together in another way than the hint says, and no known spelling of the values makes it right: the Pods would ask for an image that is nowhere.",
            "已用改写后的 values 渲染 chart。模板拼出镜像名称的方式与镜像模板不同，已知的写法都不能得到正确结果：Pod 会请求不存在的镜像。";
        next: "Nothing was written. Try other rules, for example `containerRegistry` alone, and report template, line and value to the vendor.",
            "本次没有写入任何内容。请尝试其他规则，例如只设置 `containerRegistry`，并把模板、行号和值反馈给供应方。";
    }
    RenderedUnhinted = 1225, Package {
        what: "the chart runs an image of the package that no hint names", "chart 会运行离线包中某个没有镜像模板的镜像";
        why: "Only images with a hint get a new name. This one would stay under its old name in the chart, where nothing behind the air gap answers.",
            "只有带镜像模板的镜像才会得到新名称。该镜像在 chart 中仍是原来的名称，而离线环境中没有对应的仓库。";
        next: "Nothing was written. Ask the vendor for a package whose `hints.yaml` names it.",
            "本次没有写入任何内容。请向供应方索取 `hints.yaml` 中包含该镜像的离线包。";
    }
    ImageNotThere = 2071, Remote {
        what: "the image is not in the registry", "镜像不在镜像仓库中";
        why: "The registry answered that it has no such tag or digest. An image of another registry was looked for under the name that `ferry sync` would give it there.",
            "镜像仓库答复没有该标签或摘要。来自其他镜像仓库的镜像按 `ferry sync` 会赋予的名称查找。";
        next: "Push the package with `ferry sync PACKAGE --to-registry HOST`, with the same path as here, and check again.",
            "请用 `ferry sync PACKAGE --to-registry HOST` 推送离线包（路径与此处一致），然后重新检查。";
    }
}
