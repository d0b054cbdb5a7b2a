// Named sessions: what is kept from one call to the next.

#include "call/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <system_error>

#include "apilab/base/ascii.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/private_file.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "environment.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

bool valid_name(std::string_view name) {
    constexpr std::size_t size_max = 64;
    return !name.empty() && name.size() <= size_max && name.front() != '.' &&
           std::ranges::all_of(
               name, [](char c) { return ascii_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

json::object cookie_object(const client::Cookie& cookie) {
    json::object object{
        {"name", cookie.name},           {"value", std::string(cookie.value.reveal())},
        {"domain", cookie.domain},       {"path", cookie.path},
        {"host_only", cookie.host_only}, {"secure", cookie.secure}};
    if (cookie.expires) {
        object["expires"] = http::format_iso_time(*cookie.expires);
    }
    return object;
}

client::Cookie cookie_of(http::Json entry) {
    const auto text = [&](std::string_view key) { return std::string(entry[key].string_or("")); };
    client::Cookie cookie;
    cookie.name = text("name");
    cookie.value = Secret(text("value"));
    cookie.domain = text("domain");
    cookie.path = text("path");
    cookie.host_only = entry["host_only"].boolean().value_or(true);
    cookie.secure = entry["secure"].boolean().value_or(true);
    cookie.expires = http::parse_iso_time(text("expires"));
    // Not those of a few letters: half of what is printed would become stars.
    (void)Scrubber::of_process().add(cookie.value);
    return cookie;
}

}  // namespace

Result<fs::path> session_folder() {
    if (const auto folder = environment("APILAB_SESSIONS")) {
        return *folder;
    }
    if (const auto state = environment("XDG_STATE_HOME")) {
        return fs::path(*state) / "apilab" / "sessions";
    }
    if (const auto home = environment("HOME")) {
        return fs::path(*home) / ".local" / "state" / "apilab" / "sessions";
    }
    return fail(Error(ErrorKind::invalid_argument, "there is no folder for sessions")
                    .with_remedy("set APILAB_SESSIONS or HOME"));
}

Result<fs::path> session_file(const std::string& name, const http::Url& url) {
    if (!valid_name(name)) {
        return fail(Error(ErrorKind::invalid_argument, "this is no name of a session")
                        .with_remedy("1 to 64 letters, digits, -, _ and dots"));
    }
    APILAB_TRY(const auto folder, session_folder());
    auto host = fmt::format("{}_{}", url.host(), url.port());
    std::ranges::replace(host, ':', '-');  // an IPv6 address
    return folder / host / (name + ".json");
}

Result<Session> Session::open(const std::string& name, const http::Url& url) {
    APILAB_TRY(auto file, session_file(name, url));
    std::error_code code;
    if (!fs::exists(file, code)) {
        return Session(std::move(file));
    }
    return read(file);
}

Result<Session> Session::read(const fs::path& file) {
    APILAB_CHECK(make_private(file, "sessions", fmt::format("chmod 600 {}", file.string())));
    APILAB_TRY(const auto text, read_file(file, file_max));
    const auto document = http::JsonDocument::parse(text, {.depth_max = 8});
    const auto root = document ? document->root() : http::Json();
    if (root["version"].integer() != 1) {
        return fail(
            Error(ErrorKind::invalid_argument, fmt::format("{}: this is no session", file.string()))
                .with_remedy("remove the file: the session begins anew"));
    }
    Session session(file);
    for (const auto& [name, value] : root["headers"].members()) {
        session.keep(name, std::string(value.string_or("")));
    }
    for (const auto entry : root["cookies"].elements()) {
        session.cookies_.push_back(cookie_of(entry));
    }
    return session;
}

void Session::forget(std::string_view name) {
    std::erase_if(headers_, [&](const auto& header) { return http::iequals(header.first, name); });
}

void Session::keep(std::string_view name, std::string typed) {
    const auto lower = ascii_lowered(name);
    if (lower.starts_with("content-") || lower.starts_with("if-") || lower == "idempotency-key" ||
        lower == "cookie") {
        return;
    }
    forget(name);
    if (headers_.size() < headers_max) {
        headers_.emplace_back(name, std::move(typed));
    }
}

Result<void> Session::save() const {
    json::object headers;
    for (const auto& [name, typed] : headers_) {
        headers[name] = typed;
    }
    json::array cookies;
    for (const auto& cookie : cookies_) {
        cookies.push_back(cookie_object(cookie));
    }
    std::error_code code;
    fs::create_directories(file_.parent_path(), code);
    if (!code) {
        fs::permissions(file_.parent_path(), fs::perms::owner_all, code);
    }
    if (code) {
        return fail(ErrorKind::io, fmt::format("cannot make {}: {}", file_.parent_path().string(),
                                               code.message()));
    }
    return write_file_atomically(
        file_,
        json::serialize(json::object{{"version", 1}, {"headers", headers}, {"cookies", cookies}}) +
            "\n");
}

}  // namespace apilab::cli
