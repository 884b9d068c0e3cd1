//! 20xx: the registry, and 30xx: the chart repository.

use super::explanations;

explanations! {
    RegistryUnreachable = 2001, Remote {
        what: "the host does not answer", "无法连接主机";
        why: "Nothing accepts connections at this address: wrong host or port, a firewall, or the service is down.",
            "该地址没有服务接受连接：地址或端口有误、被防火墙拦截，或服务未启动。";
        next: "Try `curl -v http://HOST/v2/` from this machine. A proxy in `HTTPS_PROXY` that should not be used for it belongs into `NO_PROXY`.",
            "请在本机执行 `curl -v http://HOST/v2/` 验证。如果设置了 `HTTPS_PROXY` 代理但不应经过代理，请把该主机加入 `NO_PROXY`。";
    }
    HostUnknown = 2002, Remote {
        what: "the host name is unknown", "无法解析主机名";
        why: "Neither `/etc/hosts` nor the name servers of this machine know it.",
            "`/etc/hosts` 和本机的 DNS 服务器都没有该主机名。";
        next: "Check the spelling, add a line to `/etc/hosts`, or write the IP address in `target.containerRegistry` and `target.repo.url`.",
            "请检查拼写、在 `/etc/hosts` 中添加一行，或在 `target.containerRegistry` 和 `target.repo.url` 中改用 IP 地址。";
    }
    ConnectionLost = 2003, Remote {
        what: "the connection broke", "连接中断";
        why: "It was cut and could not be taken up again after several attempts.",
            "连接被切断，多次重试后仍未恢复。";
        next: "Run the same command again: what is there already is not sent again. Check proxies and load balancers with short time limits in between.",
            "重新执行同一命令即可，已有的内容不会重复发送。请检查中间的代理和负载均衡的超时设置。";
    }
    TimedOut = 2004, Remote {
        what: "there was no answer in time", "等待响应超时";
        why: "The connection stands, but the service does not answer: it is overloaded or hangs.",
            "连接已建立，但服务没有响应：可能过载或已挂起。";
        next: "Look at the load and the logs of the service, then run the same command again; `--concurrency 1` is gentler.",
            "请查看服务的负载和日志，然后重新执行同一命令；`--concurrency 1` 可以减轻压力。";
    }
    TlsUntrusted = 2011, Remote {
        what: "the certificate is not trusted", "证书不受信任";
        why: "It is self-signed or issued by a CA that this machine does not know, has expired, or is made for another host name.",
            "证书为自签名、由本机未知的 CA 签发、已过期，或与主机名不符。";
        next: "Unknown issuer or self-signed: give the CA, or the registry's own certificate, with `--ca-file FILE` (Harbor: `/api/v2.0/systeminfo/getcert`). Expired or another name: renew it, or use a name it is made for. `--insecure-registry HOST` goes without the check for this host alone.",
            "签发者未知或自签名：请用 `--ca-file FILE` 指定 CA 或该仓库自己的证书（Harbor 可从 `/api/v2.0/systeminfo/getcert` 下载）。已过期或主机名不符：请更新证书，或改用证书中的主机名。`--insecure-registry HOST` 仅对该主机跳过证书校验。";
    }
    TlsFailed = 2012, Remote {
        what: "TLS cannot be established", "无法建立 TLS 连接";
        why: "There is no TLS version or cipher that both sides accept, or the service asks for a client certificate.",
            "双方没有都接受的 TLS 版本或加密套件，或服务端要求客户端证书。";
        next: "Let the service offer TLS 1.2 or 1.3; the cause has the details of the handshake.",
            "请让服务端启用 TLS 1.2 或 1.3，握手细节见详情。";
    }
    TlsExpected = 2016, Remote {
        what: "the port speaks https, not http", "该端口使用 https，而不是 http";
        why: "The URL says `http://`, or the host is listed with `--plain-http`, and the service answers with TLS.",
            "URL 写的是 `http://`，或该主机被列入 `--plain-http`，但服务端使用 TLS。";
        next: "Write the URL with `https://` and leave `--plain-http` out; give the CA with `--ca-file FILE` if it is not a public one.",
            "请把 URL 改为 `https://` 并去掉 `--plain-http`；如果不是公共 CA 签发，请用 `--ca-file FILE` 指定 CA。";
    }
    PlainHttpRefused = 2013, Remote {
        what: "the port speaks plain HTTP, and that was not allowed", "该端口是明文 HTTP，未被允许";
        why: "Passwords would travel readable. Only loopback and private addresses (RFC 1918) fall back to HTTP on their own, and not where the URL says `https://`.",
            "密码会以明文传输。只有本机回环地址和私有地址（RFC 1918）才会自动改用 HTTP；URL 写明 `https://` 时不会改用。";
        next: "If that is what you want: `--plain-http=HOST` for this host, or write the URL with `http://`.",
            "如果确需使用，请为该主机加 `--plain-http=HOST`，或在 URL 中使用 `http://`。";
    }
    PlainHttpUsed = 2015, Remote {
        what: "plain HTTP is used", "正在使用明文 HTTP";
        why: "The port speaks no TLS, and the address is a private one; passwords travel readable in this network.",
            "该端口不支持 TLS，且地址为私有地址；密码在此网络中以明文传输。";
        next: "Give the service a certificate where others share the network; `--plain-http=HOST` says that it is intended.",
            "如果网络由多方共用，请为该服务配置证书；`--plain-http=HOST` 可声明这是有意为之。";
    }
    RedirectRefused = 2014, Remote {
        what: "a redirect or token service was refused", "拒绝跟随重定向或访问令牌服务";
        why: "It is on another host or leads from https to http, and following it would give your credentials away.",
            "它位于其他主机或从 https 降级到 http，跟随会泄露您的凭证。";
        next: "Name the final address in the configuration. If it is the registry's own token service, allow it with `--token-host HOST`.",
            "请在配置中直接填写最终地址。如果它就是该镜像仓库的令牌服务，请用 `--token-host HOST` 允许访问。";
    }
    Unauthorized = 2021, Remote {
        what: "the credentials are missing or wrong", "凭证缺失或有误";
        why: "The server answered 401. The registry takes `target.containers.auth` (`TARGET_CONTAINERS_AUTH_USERNAME`/`_PASSWORD`, `--registry-username`), the chart repository takes `target.repo.auth` (`TARGET_REPO_AUTH_USERNAME`/`_PASSWORD`, `--repo-username`).",
            "服务器返回 401。镜像仓库使用 `target.containers.auth`（`TARGET_CONTAINERS_AUTH_USERNAME`/`_PASSWORD`、`--registry-username`），Helm 仓库使用 `target.repo.auth`（`TARGET_REPO_AUTH_USERNAME`/`_PASSWORD`、`--repo-username`）。";
        next: "Correct the pair that belongs to this host: the comments of the runbook's example have them swapped. `ferry config check FILE` says whether `auth` is nested as it should be.",
            "请更正该主机对应的一组凭证：手册示例中的注释把两者写反了。`ferry config check FILE` 可以检查 `auth` 的缩进是否正确。";
    }
    Forbidden = 2022, Remote {
        what: "the account may not do this", "账号没有权限";
        why: "The server answered 403: the account is known but has no push right in this project, or a policy such as tag immutability forbids it.",
            "服务器返回 403：账号有效，但在该项目中没有推送权限，或被标签不可变等策略禁止。";
        next: "In Harbor give the account at least the role Developer in the project (a robot account: push and pull), or use another account.",
            "请在 Harbor 的项目中授予该账号至少“开发者”角色（机器人账号需要推送和拉取权限），或更换账号。";
    }
    NotFound = 2040, Remote {
        what: "the server does not have it", "服务器上不存在";
        why: "The server answered 404: the path of the URL is wrong, or the service behind it is another one.",
            "服务器返回 404：URL 路径有误，或该地址上是另一个服务。";
        next: "Compare the URL with what the service documents: Harbor `http://HOST/chartrepo/PROJECT`, ChartMuseum its base URL, OCI `https://HOST/PROJECT`.",
            "请对照服务的文档检查 URL：Harbor 为 `http://HOST/chartrepo/PROJECT`，ChartMuseum 为其根地址，OCI 为 `https://HOST/PROJECT`。";
    }
    ProjectMissing = 2041, Remote {
        what: "the project does not exist", "镜像仓库项目不存在";
        why: "Harbor does not create projects by itself: the first part of `containerRepository` has to be a project.",
            "Harbor 不会自动创建项目：`containerRepository` 的第一段必须是已有的项目。";
        next: "Add `--create-projects` (the project becomes private), or create it on Harbor's page, then run the same command again.",
            "请加 `--create-projects`（创建为私有项目），或在 Harbor 页面新建后重新执行同一命令。";
    }
    PayloadTooLarge = 2051, Remote {
        what: "the server refuses uploads of this size", "服务器拒绝该大小的上传";
        why: "The server answered 413: usually an nginx in front of the registry with a small `client_max_body_size`.",
            "服务器返回 413：通常是镜像仓库前面的 nginx 的 `client_max_body_size` 过小。";
        next: "Set `client_max_body_size 0;` (Ingress: annotation `nginx.ingress.kubernetes.io/proxy-body-size: \"0\"`) and run the same command again.",
            "请设置 `client_max_body_size 0;`（Ingress 注解 `nginx.ingress.kubernetes.io/proxy-body-size: \"0\"`），然后重新执行同一命令。";
    }
    TooManyRequests = 2052, Remote {
        what: "the server asks to slow down", "服务器要求降低请求频率";
        why: "It answered 429 until the patience of several attempts ended.",
            "多次重试后服务器仍返回 429。";
        next: "Run the same command again later, or with `--concurrency 1`; it continues where it stopped.",
            "请稍后重新执行，或加 `--concurrency 1`；会从中断处继续。";
    }
    ServerFailed = 2053, Remote {
        what: "the server fails", "服务器出错";
        why: "It answered 5xx to several attempts: its storage, database or a part behind it does not work.",
            "多次重试后服务器仍返回 5xx：其存储、数据库或后端组件异常。";
        next: "Look at the logs of the service (Harbor: core and registry), repair it, and run the same command again: it continues.",
            "请查看服务日志（Harbor 的 core 和 registry），修复后重新执行同一命令即可继续。";
    }
    StorageFull = 2054, Remote {
        what: "the server has no room left", "服务器存储空间不足";
        why: "Its disk is full, or the quota of the project is used up.",
            "服务器磁盘已满，或项目配额已用尽。";
        next: "Raise the quota or make room (Harbor: garbage collection), then run the same command again: it continues.",
            "请提高配额或清理空间（Harbor 可执行垃圾回收），然后重新执行同一命令即可继续。";
    }
    UnexpectedAnswer = 2061, Remote {
        what: "the answer is not one of this kind of service", "返回内容不是该类服务的响应";
        why: "HTML or JSON of another shape came back: a login page, a proxy, or another service stands at this address.",
            "返回的是 HTML 或其他结构的 JSON：该地址上可能是登录页、代理或其他服务。";
        next: "Open the URL with `curl -v`; check port and path, and `target.repo.kind` (`--to-repo-kind`).",
            "请用 `curl -v` 访问该 URL，检查端口和路径，以及 `target.repo.kind`（`--to-repo-kind`）。";
    }
    UploadRefused = 2062, Remote {
        what: "the registry refuses the uploaded content", "镜像仓库拒绝了上传的内容";
        why: "It computed another digest or size than what was announced: something on the way changes bytes.",
            "镜像仓库算出的摘要或大小与声明不同：传输途中有组件改动了数据。";
        next: "Check proxies in between, then run the same command again; `ferry verify PACKAGE` shows that the package itself is sound.",
            "请检查中间的代理，然后重新执行同一命令；`ferry verify PACKAGE` 可以确认离线包本身完好。";
    }
    NotArrived = 2063, Remote {
        what: "what was pushed is not there", "推送的内容没有到达";
        why: "Reading it back gave nothing or another digest: the registry lost it, or several registries stand behind one name.",
            "回读时不存在或摘要不同：镜像仓库丢失了内容，或同一名称后面有多个镜像仓库。";
        next: "Run the same command again with `--deep`, which asks for every blob. If it repeats, check the storage behind the registry.",
            "请加 `--deep` 重新执行，它会逐个核对数据层。如果反复出现，请检查镜像仓库的存储。";
    }
    RequestRefused = 2064, Remote {
        what: "the server refuses the request", "服务器拒绝了请求";
        why: "Its own words are in the cause.",
            "服务器的原话见详情。";
        next: "Act on the answer of the server; with `-vv` the requests are shown.",
            "请根据服务器的答复处理；加 `-vv` 可以查看请求过程。";
    }

    ChartRepositoryReadOnly = 3001, Remote {
        what: "this kind of chart repository takes no charts", "该类 Helm 仓库不能上传 chart";
        why: "`HELM` is a plain `index.yaml` behind a web server: it can be read, not written.",
            "`HELM` 是 Web 服务器上的 `index.yaml`，只能读取，不能写入。";
        next: "Set `target.repo.kind` (`--to-repo-kind`) to HARBOR, CHARTMUSEUM, OCI, JFROG or LOCAL.",
            "请把 `target.repo.kind`（`--to-repo-kind`）设置为 HARBOR、CHARTMUSEUM、OCI、JFROG 或 LOCAL。";
    }
    ChartRepositoryGone = 3002, Remote {
        what: "this Harbor has no chart repository any more", "该 Harbor 已不再提供 Helm 仓库";
        why: "Harbor 2.8 removed `/chartrepo`. The chart goes to the same project as an OCI artifact instead.",
            "Harbor 2.8 起移除了 `/chartrepo`。chart 会以 OCI 制品的形式发布到同一个项目。";
        next: "Use `helm pull oci://HOST/PROJECT/CHART`; set `kind: OCI` in the configuration to make that explicit.",
            "请使用 `helm pull oci://HOST/PROJECT/CHART`；建议在配置中写明 `kind: OCI`。";
    }
    ChartIndexInvalid = 3003, Remote {
        what: "the index of the chart repository cannot be read", "无法读取 Helm 仓库的索引";
        why: "`index.yaml` is not the YAML that Helm writes: often a login page, or the URL of another service.",
            "`index.yaml` 不是 Helm 生成的 YAML：常见原因是登录页，或 URL 指向其他服务。";
        next: "Fetch it with `curl -v URL/index.yaml` and correct `target.repo.url` (`--to-repo`).",
            "请用 `curl -v URL/index.yaml` 查看，并更正 `target.repo.url`（`--to-repo`）。";
    }
    ChartRefused = 3004, Remote {
        what: "the chart repository refuses the chart", "Helm 仓库拒绝了 chart";
        why: "Its own words are in the cause. The images, which come before the charts, are complete.",
            "服务器的原话见详情。镜像先于 chart 推送，已经完整。";
        next: "Act on the answer and run the same command again: what is there already is not sent again.",
            "请根据答复处理后重新执行同一命令，已有的内容不会重复发送。";
    }
}
