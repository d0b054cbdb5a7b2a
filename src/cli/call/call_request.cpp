// The request that the items of a command line make.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/multipart.hpp"
#include "apilab/http/query.hpp"
#include "apilab/http/redact.hpp"
#include "apilab/runtime/file_body.hpp"
#include "call/call.hpp"
#include "call/json_fields.hpp"
#include "call/session.hpp"
#include "secret_argument.hpp"
#include "version.hpp"

namespace apilab::cli {
namespace {

using Kind = RequestItem::Kind;
namespace fs = std::filesystem;

/// A value that is read from a file.
constexpr std::size_t value_max = std::size_t{16} << 20U;
constexpr std::size_t header_max = std::size_t{64} << 10U;
/// A body up to here is held in memory, where traces can show it; a larger file is streamed.
constexpr std::uintmax_t held_max = std::uintmax_t{1} << 20U;
constexpr std::size_t upload_max = std::size_t{64} << 20U;

// Everything that goes into one request, item by item.
class RequestBuilder {
public:
    RequestBuilder(const CallFlags& flags, const RequestLine& line, const CallTarget& target,
                   Session* session)
        : flags_(flags),
          line_(line),
          session_(session),
          built_{.request = {line.method, target.url}} {
        query_ = http::Query::of(target.url.query());
    }

    Result<BuiltRequest> build(bool quiet) {
        for (const auto& item : line_.items) {
            if (auto taken = take(item); !taken) {
                return fail(std::move(taken).error().in(item.place()));
            }
        }
        APILAB_CHECK(add_authorization());
        APILAB_CHECK(add_body(quiet));
        APILAB_CHECK(add_session_headers());
        APILAB_TRY(auto url, with_query());
        http::Request request(method(), std::move(url));
        request.headers() = std::move(headers_);
        add_defaults(request);
        for (const auto& name : unset_) {
            request.headers().remove(name);
        }
        for (auto& name : hidden_parameters_) {
            request.hide_parameter(std::move(name));
        }
        for (auto& name : hidden_headers_) {
            request.hide_header(std::move(name));
        }
        if (hidden_body_) {
            request.hide_body();
        }
        request.body(std::move(body_));
        built_.request = std::move(request);
        return std::move(built_);
    }

private:
    Result<void> take(const RequestItem& item);
    Result<void> take_header(const RequestItem& item);
    Result<void> take_field(const RequestItem& item);
    Result<void> take_upload(const RequestItem& item);
    Result<std::string> value_of(const RequestItem& item, bool& secret);
    Result<void> add_authorization();
    Result<void> add_body(bool quiet);
    Result<void> add_fields();
    Result<void> add_session_headers();
    void add_defaults(http::Request& request) const;
    [[nodiscard]] Result<http::Url> with_query() const;
    [[nodiscard]] bool wants_stdin() const;

    [[nodiscard]] bool has_fields() const { return fields_ > 0; }
    [[nodiscard]] bool has_body() const { return has_body_; }
    [[nodiscard]] std::string method() const {
        return !line_.method.empty() ? line_.method : (has_body_ ? "POST" : "GET");
    }
    void keep(std::string_view name, const std::string& typed) {
        if (session_ != nullptr) {
            session_->keep(name, typed);
        }
    }

    const CallFlags& flags_;
    const RequestLine& line_;
    Session* session_;
    BuiltRequest built_;
    http::Headers headers_;
    std::vector<std::string> unset_;
    http::Query query_;
    JsonFields json_;
    http::Query form_;
    http::Multipart multipart_;
    bool has_files_ = false;
    std::size_t fields_ = 0;
    std::string body_;
    bool has_body_ = false;
    std::vector<std::string> hidden_parameters_;
    std::vector<std::string> hidden_headers_;
    bool hidden_body_ = false;
};

Result<std::string> text_file(const std::string& path, std::size_t size_max) {
    return read_file(path, size_max);
}

Result<void> RequestBuilder::take(const RequestItem& item) {
    switch (item.kind) {
        case Kind::header:
        case Kind::header_file:
        case Kind::header_unset:
        case Kind::header_empty:
            return take_header(item);
        case Kind::query:
        case Kind::query_file: {
            bool secret = false;
            APILAB_TRY(const auto value, value_of(item, secret));
            query_.add(item.name, value);
            if (secret) {
                hidden_parameters_.push_back(item.name);
            }
            return {};
        }
        case Kind::upload:
            return take_upload(item);
        default:
            return take_field(item);
    }
}

Result<void> RequestBuilder::take_header(const RequestItem& item) {
    static constexpr std::array needed{"host",       "content-length", "transfer-encoding",
                                       "connection", "user-agent",     "accept-encoding"};
    if (item.kind == Kind::header_unset) {
        const auto lower = ascii_lowered(item.name);
        if (std::ranges::find(needed, std::string_view(lower)) != needed.end()) {
            return fail(Error(ErrorKind::invalid_argument, "this header cannot be left out")
                            .with_remedy(fmt::format("give it a value: {}:value", item.name)));
        }
        unset_.push_back(item.name);
        if (session_ != nullptr) {
            session_->forget(item.name);
        }
        return {};
    }
    if (item.kind == Kind::header_empty) {
        headers_.add(item.name, "");
        keep(item.name, "");
        return {};
    }
    const auto typed = item.kind == Kind::header_file ? "@" + item.value : item.value;
    if (item.kind == Kind::header_file && !http::names_a_secret(item.name)) {
        APILAB_TRY(auto text, text_file(item.value, header_max));
        text.resize(text.find_last_not_of("\r\n") + 1);
        if (!http::valid_field_value(text)) {
            return fail(ErrorKind::invalid_argument, "the file has more than one line");
        }
        headers_.add(item.name, std::move(text));
        return {};
    }
    APILAB_TRY(auto value, header_value(item.name, typed));
    if (value.secret) {
        hidden_headers_.push_back(item.name);
        built_.credentials = true;
    }
    headers_.add(item.name, std::move(value.value));
    keep(item.name, typed);
    return {};
}

// The value of a parameter or a field. A credential is told by the place where it is.
Result<std::string> RequestBuilder::value_of(const RequestItem& item, bool& secret) {
    const bool file = item.kind == Kind::query_file || item.kind == Kind::text_file ||
                      item.kind == Kind::json_file;
    if (!names_a_credential(item.name)) {
        return file ? text_file(item.value, value_max) : item.value;
    }
    secret = true;
    built_.credentials = true;
    if (file) {
        APILAB_TRY(const auto found, secret_argument("@" + item.value));
        return std::string(found.reveal());
    }
    if (item.value.empty() || item.kind == Kind::json) {
        return item.value;
    }
    auto found = secret_argument(item.value);
    if (!found) {
        return fail(std::move(found).error().with_detail("credential"));
    }
    return std::string(found->reveal());
}

Result<void> RequestBuilder::take_field(const RequestItem& item) {
    bool secret = false;
    APILAB_TRY(auto value, value_of(item, secret));
    hidden_body_ = hidden_body_ || secret;
    ++fields_;
    const bool json = item.kind == Kind::json || item.kind == Kind::json_file;
    if (!flags_.form && !flags_.multipart) {
        return json ? json_.set_json(item.name, value) : json_.set_text(item.name, value);
    }
    if (json) {  // its text, but only if it is JSON
        JsonFields check;
        APILAB_CHECK(check.set_json("x", value));
    }
    form_.add(item.name, value);
    multipart_.field(item.name, std::move(value));
    return {};
}

Result<void> RequestBuilder::take_upload(const RequestItem& item) {
    if (item.name.empty()) {
        if (has_body_) {
            return fail(ErrorKind::invalid_argument, "a body comes from one file");
        }
        has_body_ = true;
        const auto type = item.type.empty() ? content_type_of(item.value) : item.type;
        if (item.value == "-") {
            APILAB_TRY(auto text, read_standard_input(true, false));
            body_ = *std::move(text);
            headers_.add("content-type", item.type.empty() ? "application/json" : item.type);
            return {};
        }
        headers_.add("content-type", type.empty() ? "application/octet-stream" : type);
        std::error_code code;
        if (fs::file_size(item.value, code) > held_max && !code) {
            APILAB_TRY(built_.upload, runtime::FileSource::open(item.value));
            return {};
        }
        APILAB_TRY(body_, text_file(item.value, held_max));
        return {};
    }
    if (!flags_.form && !flags_.multipart) {
        return fail(Error(ErrorKind::invalid_argument, "a file is a field of a form")
                        .with_remedy("add --form; or @file alone, which is the whole body"));
    }
    APILAB_TRY(auto content, text_file(item.value, upload_max));
    const auto type = item.type.empty() ? content_type_of(item.value) : item.type;
    multipart_.file(item.name, {.name = fs::path(item.value).filename().string(),
                                .content = std::move(content),
                                .content_type = type.empty() ? "application/octet-stream" : type});
    has_files_ = true;
    ++fields_;
    return {};
}

Result<void> RequestBuilder::add_authorization() {
    if (flags_.bearer.empty() && flags_.auth.empty()) {
        return {};
    }
    if (headers_.contains("authorization")) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("{} and the item Authorization contradict each other",
                                flags_.bearer.empty() ? "--auth" : "--bearer"));
    }
    hidden_headers_.emplace_back("authorization");
    built_.credentials = true;
    if (!flags_.bearer.empty()) {
        auto token = secret_argument(flags_.bearer);
        if (!token) {
            return fail(std::move(token).error().in("--bearer"));
        }
        headers_.add("Authorization", "Bearer " + std::string(token->reveal()));
        keep("Authorization", "Bearer " + flags_.bearer);
        return {};
    }
    const auto colon = flags_.auth.find(':');
    auto password = colon == std::string::npos
                        ? fail(Error(ErrorKind::invalid_argument, "there is no password")
                                   .with_remedy("write --auth USER:env:NAME"))
                        : secret_argument(flags_.auth.substr(colon + 1));
    if (!password) {
        return fail(std::move(password).error().in("--auth"));
    }
    const auto pair = flags_.auth.substr(0, colon) + ":" + std::string(password->reveal());
    const Secret coded(base64_encode(pair));
    (void)Scrubber::of_process().add(coded);
    headers_.add("Authorization", "Basic " + std::string(coded.reveal()));
    return {};
}

// Where neither fields nor flags make a body, a pipe may be one; not for a method that has none.
bool RequestBuilder::wants_stdin() const {
    const auto& method = line_.method;
    return !flags_.ignore_stdin && !has_body_ && !has_fields() &&
           (method.empty() || method == "POST" || method == "PUT" || method == "PATCH");
}

Result<void> RequestBuilder::add_body(bool quiet) {
    if (flags_.raw) {
        if (has_body_ || has_fields()) {
            return fail(ErrorKind::invalid_argument,
                        "--raw is the whole body; fields and files contradict it");
        }
        body_ = *flags_.raw;
        has_body_ = true;
    } else if (has_body_ && has_fields()) {
        return fail(ErrorKind::invalid_argument,
                    "a file that is the whole body and fields contradict each other");
    } else if (has_fields() || flags_.multipart) {
        return add_fields();
    } else if (wants_stdin()) {
        APILAB_TRY(auto text, read_standard_input(false, quiet));
        has_body_ = text.has_value();
        body_ = std::move(text).value_or("");
    }
    if (has_body_ && !headers_.contains("content-type")) {
        headers_.add("content-type",
                     flags_.form ? "application/x-www-form-urlencoded" : "application/json");
    }
    return {};
}

Result<void> RequestBuilder::add_fields() {
    has_body_ = true;
    std::string type = "application/json";
    if (flags_.multipart || has_files_) {
        SystemRng rng;
        APILAB_TRY(auto encoded, multipart_.encode(rng));
        body_ = std::move(encoded.body);
        type = std::move(encoded.content_type);
        headers_.remove("content-type");  // the boundary is in it
    } else if (flags_.form) {
        body_ = form_.to_string();
        type = "application/x-www-form-urlencoded; charset=utf-8";
    } else {
        body_ = json_.to_text();
    }
    if (!headers_.contains("content-type")) {
        headers_.add("content-type", std::move(type));
    }
    return {};
}

Result<void> RequestBuilder::add_session_headers() {
    if (session_ == nullptr) {
        return {};
    }
    for (const auto& [name, typed] : Session::Headers(session_->headers())) {
        if (headers_.contains(name)) {
            continue;
        }
        auto value = header_value(name, typed);
        if (!value) {
            return fail(std::move(value).error().in(fmt::format("the session's header {}", name)));
        }
        if (value->secret) {
            hidden_headers_.push_back(name);
            built_.credentials = true;
        }
        headers_.add(name, std::move(value->value));
    }
    return {};
}

void RequestBuilder::add_defaults(http::Request& request) const {
    auto& headers = request.headers();
    const bool json = has_body_ && !flags_.form && !flags_.multipart;
    if (!headers.contains("accept")) {
        headers.add("accept", json ? "application/json, */*;q=0.5" : "*/*");
    }
    if (!headers.contains("user-agent")) {
        headers.add("user-agent", fmt::format("apilab/{}", version));
    }
}

Result<http::Url> RequestBuilder::with_query() const {
    const auto& url = built_.request.url();
    if (query_.empty()) {
        return url;
    }
    // Not `with`, which would append the path to itself.
    return url.resolve("?" + query_.to_string());
}

}  // namespace

std::string content_type_of(std::string_view file) {
    struct Known {
        std::string_view ending;
        std::string_view type;
    };
    static constexpr std::array known{
        Known{".css", "text/css"},          Known{".csv", "text/csv"},
        Known{".gif", "image/gif"},         Known{".gz", "application/gzip"},
        Known{".htm", "text/html"},         Known{".html", "text/html"},
        Known{".jpeg", "image/jpeg"},       Known{".jpg", "image/jpeg"},
        Known{".js", "text/javascript"},    Known{".json", "application/json"},
        Known{".md", "text/markdown"},      Known{".ndjson", "application/x-ndjson"},
        Known{".pdf", "application/pdf"},   Known{".png", "image/png"},
        Known{".svg", "image/svg+xml"},     Known{".txt", "text/plain"},
        Known{".webp", "image/webp"},       Known{".xml", "application/xml"},
        Known{".yaml", "application/yaml"}, Known{".zip", "application/zip"}};
    const auto lower = ascii_lowered(file);
    for (const auto& entry : known) {
        if (lower.ends_with(entry.ending)) {
            return std::string(entry.type);
        }
    }
    return {};
}

Result<BuiltRequest> build_request(const CallFlags& flags, const RequestLine& line,
                                   const CallTarget& target, Session* session) {
    APILAB_TRY(auto built, RequestBuilder(flags, line, target, session).build(false));
    if (built.credentials && target.of_project) {
        return fail(
            Error(ErrorKind::invalid_argument,
                  fmt::format("the address comes from {}, whose author may be somebody else: no "
                              "credential goes there",
                              target.source))
                .with_remedy("write the URL itself, or set its APILAB_..._URL"));
    }
    return built;
}

}  // namespace apilab::cli
