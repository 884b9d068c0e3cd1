//! Causes in Chinese. What libraries, servers and the operating system say of a failure is English; the frequent ones
//! are put into Chinese here, with the original behind them, and the others stay as they are.

use std::io::{self, ErrorKind};

use crate::language::Language;

/// What a part of a chain of causes is known by.
enum Known {
    /// An error of the operating system, by its kind.
    Io(ErrorKind),
    /// One that has no kind of its own, by its number.
    Errno(i32),
    /// A text of ours; a `*` stands for anything.
    Text(&'static str),
}
use Known::{Errno, Io, Text};

const CAUSES: &[(Known, &str)] = &[
    (Io(ErrorKind::AddrInUse), "地址已被占用"),
    (Io(ErrorKind::AddrNotAvailable), "地址不属于本机"),
    (Io(ErrorKind::AlreadyExists), "文件已存在"),
    (Io(ErrorKind::BrokenPipe), "对方已关闭连接"),
    (Io(ErrorKind::ConnectionAborted), "连接被中止"),
    (Io(ErrorKind::ConnectionRefused), "连接被拒绝"),
    (Io(ErrorKind::ConnectionReset), "连接被对方重置"),
    (Io(ErrorKind::DirectoryNotEmpty), "目录非空"),
    (Io(ErrorKind::FileTooLarge), "文件过大"),
    (Io(ErrorKind::HostUnreachable), "主机不可达"),
    (Io(ErrorKind::IsADirectory), "这是一个目录"),
    (Io(ErrorKind::NetworkDown), "网络已断开"),
    (Io(ErrorKind::NetworkUnreachable), "网络不可达"),
    (Io(ErrorKind::NotADirectory), "这不是目录"),
    (Io(ErrorKind::NotFound), "文件或目录不存在"),
    (Io(ErrorKind::PermissionDenied), "权限不足"),
    (Io(ErrorKind::QuotaExceeded), "磁盘配额已用尽"),
    (Io(ErrorKind::ReadOnlyFilesystem), "文件系统只读"),
    (Io(ErrorKind::ResourceBusy), "资源正忙"),
    (Io(ErrorKind::StaleNetworkFileHandle), "网络文件系统的句柄已失效"),
    (Io(ErrorKind::StorageFull), "磁盘空间不足"),
    (Io(ErrorKind::TimedOut), "超时"),
    (Io(ErrorKind::UnexpectedEof), "数据提前结束"),
    (Errno(5), "读写出错，介质可能已损坏"),
    (Errno(24), "打开的文件过多"),
    // The registry client's kinds of failure.
    (Text("no connection"), "无法建立连接"),
    (Text("the host name does not exist"), "主机名不存在"),
    (Text("no name server answered"), "DNS 服务器没有响应"),
    (Text("the proxy cannot be used"), "代理不可用"),
    (Text("the certificate is not trusted"), "证书不受信任"),
    (Text("no agreement on a TLS connection"), "无法协商 TLS 连接"),
    (Text("the port speaks plain http, not https"), "该端口使用明文 http，而不是 https"),
    (Text("the port speaks https, not plain http"), "该端口使用 https，而不是明文 http"),
    (Text("not authenticated"), "未通过认证"),
    (Text("access denied"), "拒绝访问"),
    (Text("not found"), "不存在"),
    (Text("the repository does not exist"), "镜像仓库中没有该路径"),
    (Text("the project does not exist"), "项目不存在"),
    (Text("the manifest does not exist"), "manifest 不存在"),
    (Text("a blob does not exist"), "数据层不存在"),
    (Text("the upload session is gone"), "上传会话已失效"),
    (Text("the upload session is at another place"), "上传会话的位置不一致"),
    (Text("the body is larger than the server allows"), "内容超出服务器允许的大小"),
    (Text("too many requests"), "请求过于频繁"),
    (Text("the server failed"), "服务器出错"),
    (Text("the registry has no space left"), "镜像仓库存储空间不足"),
    (Text("the project's quota is used up"), "项目配额已用尽"),
    (Text("the registry received bytes with another digest"), "镜像仓库收到的内容摘要不同"),
    (Text("the registry names another digest"), "镜像仓库给出的摘要不同"),
    (Text("the manifest was refused"), "manifest 被拒绝"),
    (Text("the server does not support this"), "服务器不支持该操作"),
    (Text("it conflicts with what is there"), "与已有内容冲突"),
    (Text("refused"), "被拒绝"),
    (Text("the answer is not the protocol's"), "响应不符合协议"),
    (Text("a redirect is not followed"), "未跟随重定向"),
    (
        Text("the token service is on another host and gets no credentials"),
        "令牌服务位于其他主机，未发送凭证",
    ),
    (Text("the connection was lost"), "连接已断开"),
    (Text("no answer in time"), "等待响应超时"),
    (Text("the content is not what it should be"), "内容与预期不符"),
    (Text("the network settings cannot be used"), "网络设置不可用"),
    (Text("the stored credentials cannot be read"), "无法读取已保存的凭证"),
    (Text("cannot connect to *"), "无法连接"),
    (Text("no connection to * within *"), "连接超时"),
    (Text("the proxy did not open a tunnel"), "代理没有建立隧道"),
    (Text("the connection to the proxy failed"), "无法连接代理"),
    // TLS.
    (Text("the TLS handshake failed"), "TLS 握手失败"),
    (Text("invalid peer certificate"), "对方的证书无效"),
    (Text("UnknownIssuer"), "签发者未知"),
    (Text("its issuer is not trusted here"), "本机不信任其签发者"),
    (Text("it is self-signed and not trusted here"), "证书为自签名，本机不信任"),
    (
        Text("it is signed by another key than the trusted issuer of this name has"),
        "签名密钥与受信任的同名签发者不一致",
    ),
    (Text("it expired at *"), "证书已过期"),
    (Text("it is not valid before *"), "证书尚未生效"),
    (Text("it is made for *, not for *"), "证书与主机名不符"),
    (Text("it is not meant for servers"), "证书不能用于服务器"),
    (Text("certificate expired"), "证书已过期"),
    (Text("certificate not valid yet"), "证书尚未生效"),
    (Text("certificate not valid for name *"), "证书与主机名不符"),
    (Text("received fatal alert"), "对方中止了 TLS 握手"),
    (Text("the certificate is not PEM"), "证书不是 PEM 格式"),
    (Text("there is no certificate"), "没有证书"),
    (
        Text("the private key is not PEM of PKCS#8, PKCS#1 or SEC1"),
        "私钥不是 PKCS#8、PKCS#1 或 SEC1 的 PEM",
    ),
    (Text("certificate and private key cannot be used"), "证书与私钥无法配对使用"),
    // The package and local files.
    (Text("`*` cannot be read"), "无法读取"),
    (Text("`*` ends too early, at byte *"), "数据提前结束"),
    (Text("`*` is damaged at byte *"), "数据已损坏"),
    (Text("there is data after the end of the archive"), "归档结尾之后还有数据"),
    (Text("there is data after the compressed data"), "压缩数据之后还有数据"),
    (Text("decompression fails"), "解压失败"),
    (Text("`*` is refused"), "被拒绝"),
    (Text("`*` is there twice, with different content"), "同名成员内容不同"),
    (Text("`*` is *, not a package"), "不是离线包"),
    (Text("`*` holds no bundle, no chart and no images"), "其中没有 bundle、chart 或镜像"),
    (Text("there is no `*`"), "路径不存在"),
    (Text("* has checksum *, expected *"), "校验值不一致"),
    (Text("the content has digest *, expected *"), "内容摘要不一致"),
    (Text("content has digest *, expected *"), "内容摘要不一致"),
    (Text("content * has * bytes, expected *"), "内容大小不一致"),
    (Text("`*` is named and is not in the package"), "被引用，但不在离线包中"),
    (Text("the checksum is for `*`"), "校验文件中写的是其他文件名"),
    (Text("cannot use `*`"), "无法使用"),
    (Text("`*` is in use by another process"), "正被另一个进程使用"),
    (Text("`*` belongs to another user (uid *)"), "属于其他用户"),
    (Text("`*` can be written by everybody (mode *)"), "任何人都可写"),
    (
        Text("`*` is neither empty nor a registry made by ferry"),
        "非空，也不是 ferry 创建的镜像仓库",
    ),
];

/// A chain of causes, each part of it that is known in the language, with the original in parentheses.
pub(crate) fn in_language(detail: &str, language: Language) -> String {
    match language {
        Language::En => detail.to_owned(),
        Language::Zh => detail.split(": ").map(part_in_chinese).collect::<Vec<_>>().join(": "),
    }
}

fn part_in_chinese(part: &str) -> String {
    match translation(part) {
        Some(chinese) => format!("{chinese}（{part}）"),
        None => part.to_owned(),
    }
}

fn translation(part: &str) -> Option<&'static str> {
    let errno = errno_of(part);
    // A status and the server's own words may follow a text of ours.
    let text = part.split_once(" (").map_or(part, |(text, _)| text);
    let is_meant = |known: &Known| match known {
        Io(kind) => match errno {
            Some(errno) => io::Error::from_raw_os_error(errno).kind() == *kind,
            None => part == kind.to_string(),
        },
        Errno(number) => errno == Some(*number),
        Text(pattern) => matches(pattern, part) || matches(pattern, text),
    };
    CAUSES.iter().find(|(known, _)| is_meant(known)).map(|(_, chinese)| *chinese)
}

/// The number that Rust prints behind the text of an operating system's error.
fn errno_of(part: &str) -> Option<i32> {
    let (_, number) = part.rsplit_once(" (os error ")?;
    number.strip_suffix(')')?.parse().ok()
}

fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return text.ends_with(piece);
        }
        let Some((_, after)) = text.split_once(piece) else { return false };
        text = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::is_cjk;

    fn zh(detail: &str) -> String {
        in_language(detail, Language::Zh)
    }

    #[test]
    fn system_errors_are_known_by_their_kind() {
        let refused = io::Error::from_raw_os_error(111);
        assert_eq!(
            zh(&format!("GET http://10.0.0.1/v2/: no connection: {refused}")),
            "GET http://10.0.0.1/v2/: 无法建立连接（no connection）: \
             连接被拒绝（Connection refused (os error 111)）"
        );
        for (errno, chinese) in [
            (28, "磁盘空间不足"),
            (30, "文件系统只读"),
            (13, "权限不足"),
            (110, "超时"),
            (5, "读写出错"),
        ] {
            let text = zh(&io::Error::from_raw_os_error(errno).to_string());
            assert!(text.starts_with(chinese) && text.ends_with("）"), "{text}");
        }
        assert!(zh(&io::Error::from(ErrorKind::TimedOut).to_string()).starts_with("超时（"));
    }

    #[test]
    fn texts_are_known_with_what_varies_in_them() {
        for (text, chinese) in [
            ("not authenticated (401 UNAUTHORIZED)", "未通过认证（not authenticated (401"),
            ("cannot connect to 10.0.0.1:443", "无法连接（cannot connect to 10.0.0.1:443）"),
            ("`a b.tar` ends too early, at byte 7", "数据提前结束（`a b.tar` ends"),
            ("`x` belongs to another user (uid 7)", "属于其他用户（`x` belongs"),
        ] {
            assert!(zh(text).starts_with(chinese), "{}", zh(text));
        }
    }

    #[test]
    fn the_unknown_and_english_stay_as_they_are() {
        for text in ["quux is frobnicated: at 7", "已写入 3 个文件", "", "UnknownIssuers"] {
            assert_eq!(zh(text), text);
        }
        assert_eq!(in_language("no connection", Language::En), "no connection");
    }

    #[test]
    fn no_cause_stands_twice_and_all_are_chinese() {
        let mut keys = std::collections::BTreeSet::new();
        for (known, chinese) in CAUSES {
            let key = match known {
                Io(kind) => kind.to_string(),
                Errno(number) => number.to_string(),
                Text(text) => (*text).to_owned(),
            };
            assert!(keys.insert(key.clone()), "{key}");
            assert!(chinese.chars().any(is_cjk), "{key}");
        }
    }
}
