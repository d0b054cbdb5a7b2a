#include "apilab/http/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url/error.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <optional>

#include "apilab/base/ascii.hpp"

namespace apilab::http {
namespace {

namespace urls = boost::urls;

constexpr std::size_t url_size_max = 32768;
constexpr std::string_view sub_delims = "!$&'()*+,;=";

/// A URL as a message may show it: without query and fragment, not at all where a password may
/// stand in it, and nothing that would move a terminal's cursor.
std::string shown(std::string_view text) {
    for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
        const bool in_path = at > 0 && text[at - 1] == '/' && (at < 2 || text[at - 2] != '/');
        if (!in_path) {
            return "(not shown: it may hold a password)";
        }
    }
    std::string out(text.substr(0, std::min(text.find_first_of("?#"), std::size_t{120})));
    std::ranges::replace_if(out, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
    return "'" + out + "'";
}

bool unreserved(char c) {
    return ascii_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
    if (ascii_digit(c)) {
        return c - '0';
    }
    const char folded = ascii_lower(c);
    return folded >= 'a' && folded <= 'f' ? folded - 'a' + 10 : -1;
}

bool is_hex(char c) {
    return hex_value(c) >= 0;
}

bool escape_at(std::string_view text, std::size_t at) {
    return text[at] == '%' && at + 2 < text.size() && hex_value(text[at + 1]) >= 0 &&
           hex_value(text[at + 2]) >= 0;
}

void append_escaped(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += hex[byte >> 4U];
    out += hex[byte & 15U];
}

/// Encodes what may not stand in a path (or a query: `extra` = "?"); what may, and escapes, stay.
std::string made_legal(std::string_view text, std::string_view extra) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool legal = unreserved(c) || sub_delims.contains(c) || c == ':' || c == '@' ||
                           c == '/' || extra.contains(c) || escape_at(text, i);
        if (legal) {
            out += c;
        } else {
            append_escaped(out, c);
        }
    }
    return out;
}

/// RFC 3986 section 5.2.4, for a path that starts with `/`. An encoded dot is a dot.
std::string without_dots(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const auto size = std::min(path.find('/', 1), path.size());
        const auto segment = percent_decode(path.substr(1, size - 1));
        const bool last = size == path.size();
        if (segment == "." || segment == "..") {
            out.erase(segment == ".." ? std::min(out.rfind('/'), out.size()) : out.size());
            out += last ? "/" : "";
        } else {
            out += path.substr(0, size);
        }
        path.remove_prefix(size);
    }
    return out;
}

/// The port in force, or nothing for one that no TCP has.
std::optional<std::uint16_t> port_of(const urls::url_view& url, std::uint16_t otherwise) {
    const std::string_view digits(url.port());
    if (digits.empty()) {
        return otherwise;
    }
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool good = error == std::errc() && end == digits.data() + digits.size() && port != 0;
    return good ? std::optional(port) : std::nullopt;
}

/// Names of letters, digits, `-`, `.` and `_`; IPv4 and IPv6 addresses. What else RFC 3986 allows
/// (escapes, `!$&'()*+,;=`) no resolver knows, and it helps only to deceive.
bool usable_host(const urls::url_view& url) {
    if (url.host_type() == urls::host_type::ipv6 || url.host_type() == urls::host_type::ipv4) {
        return true;
    }
    std::string_view name(url.encoded_host());
    const bool legal = std::ranges::all_of(
        name, [](char c) { return ascii_alnum(c) || c == '-' || c == '.' || c == '_'; });
    if (name.empty() || name.size() > 255 || !legal) {
        return false;
    }
    // `256.1.1.1`, `0x7f.1`, `2130706433`: some resolvers take these for addresses, and which ones
    // differs. A name does not end in a number.
    name.remove_suffix(name.ends_with('.') ? 1 : 0);
    const auto last = name.substr(name.rfind('.') + 1);
    const bool hex = last.starts_with("0x") || last.starts_with("0X");
    return !std::ranges::all_of(last.substr(hex ? 2 : 0), hex ? is_hex : ascii_digit);
}

// Asked for several times in every call: one allocation each, and no formatter.
void append_authority(std::string& out, const Url& url) {
    const bool bracketed = url.host().contains(':');
    out += bracketed ? "[" : "";
    out += url.host();
    out += bracketed ? "]" : "";
    if (url.port() != (url.secure() ? 443 : 80)) {
        out += ':';
        out += std::to_string(url.port());
    }
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
    const auto wrong = [&](std::string_view why) {
        return fail(Error(ErrorKind::invalid_argument, fmt::format("URL {} {}", shown(text), why))
                        .with_remedy("write http://host/path or https://host/path"));
    };
    if (text.size() > url_size_max) {
        return wrong("is longer than 32768 bytes");
    }
    const auto parsed = urls::parse_uri(text);
    if (!parsed) {
        return wrong("is malformed");
    }
    Url url;
    url.scheme_ = ascii_lowered(std::string_view(parsed->scheme()));
    if (url.scheme_ != "http" && url.scheme_ != "https") {
        return wrong("is neither http nor https");
    }
    if (parsed->has_userinfo()) {
        return fail(
            Error(ErrorKind::invalid_argument, "a URL with a user name or password is refused")
                .with_remedy("send credentials in a header"));
    }
    if (!usable_host(*parsed)) {
        return wrong("has no host, or one that is no name and no address");
    }
    url.host_ = ascii_lowered(std::string_view(parsed->encoded_host_address()));
    const auto port = port_of(*parsed, url.secure() ? 443 : 80);
    if (!port) {
        return wrong("has a port outside 1 to 65535");
    }
    url.port_ = *port;
    const std::string_view path(parsed->encoded_path());
    if (!path.empty() &&
        !path.starts_with('/')) {  // the library reads `h:8a` as port 8 and path `a`
        return wrong("is malformed");
    }
    url.path_ = path.empty() ? "/" : std::string(path);
    url.query_ = std::string(std::string_view(parsed->encoded_query()));
    return url;
}

std::string Url::target() const {
    return query_.empty() ? path_ : path_ + "?" + query_;
}

std::string Url::authority() const {
    std::string out;
    out.reserve(host_.size() + 8);  // brackets, colon, five digits
    append_authority(out, *this);
    return out;
}

std::string Url::origin() const {
    std::string out;
    out.reserve(scheme_.size() + host_.size() + 11);
    out += scheme_;
    out += "://";
    append_authority(out, *this);
    return out;
}

std::string Url::to_string() const {
    return origin() + target();
}

std::string Url::without_query() const {
    return origin() + path_;
}

// By hand on the parsed parts: the library's own resolution (1.81) decodes `%2F`, keeps `..` above
// the root and takes ports modulo 65536.
Result<Url> Url::resolve(std::string_view reference) const {
    const auto parsed = reference.size() > url_size_max
                            ? boost::system::result<urls::url_view>(urls::error::not_a_base)
                            : urls::parse_uri_reference(reference);
    if (!parsed) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("URL reference {} is malformed or too long", shown(reference)));
    }
    if (parsed->has_scheme() || parsed->has_authority()) {
        auto url = parsed->has_scheme() ? parse(reference)
                                        : parse(fmt::format("{}:{}", scheme_, reference));
        if (url) {
            url->path_ = without_dots(url->path_);
        }
        return url;
    }
    const std::string_view path(parsed->encoded_path());
    Url url = *this;
    if (!path.empty()) {
        const auto directory = path_.substr(0, path_.rfind('/') + 1);
        url.path_ =
            without_dots(path.starts_with('/') ? std::string(path) : directory + std::string(path));
    }
    if (!path.empty() || parsed->has_query()) {
        url.query_ = std::string(std::string_view(parsed->encoded_query()));
    }
    return url;
}

Url Url::with(std::string_view path, std::string_view query) const {
    Url url = *this;
    while (url.path_.ends_with('/')) {
        url.path_.pop_back();
    }
    if (!path.starts_with('/') && (!path.empty() || url.path_.empty())) {
        url.path_ += '/';
    }
    url.path_ += made_legal(path, "");
    url.query_ = made_legal(query, "?");
    return url;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (unreserved(c)) {
            out += c;
        } else {
            append_escaped(out, c);
        }
    }
    return out;
}

std::string percent_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (escape_at(text, i)) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace apilab::http
