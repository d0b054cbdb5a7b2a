// apilab session list | show | rm

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "call/session.hpp"
#include "command.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct SessionFlags {
    std::string host;
    std::string name;
};

struct Found {
    std::string host;
    std::string name;
    fs::path file;
};

/// Hosts and names beyond are not listed.
constexpr std::size_t sessions_max = 10'000;

Result<std::vector<Found>> all_sessions() {
    APILAB_TRY(const auto folder, session_folder());
    std::vector<Found> found;
    std::error_code code;
    for (const auto& host : fs::directory_iterator(folder, code)) {
        std::error_code ignored;  // no folder of sessions
        for (const auto& file : fs::directory_iterator(host.path(), ignored)) {
            if (file.path().extension() == ".json" && found.size() < sessions_max) {
                found.push_back(
                    {host.path().filename().string(), file.path().stem().string(), file.path()});
            }
        }
    }
    std::ranges::sort(found, {}, [](const Found& one) { return std::pair(one.host, one.name); });
    return found;
}

Result<Found> one_session(const SessionFlags& flags) {
    APILAB_TRY(const auto found, all_sessions());
    for (const auto& one : found) {
        // The port may be left out.
        const auto host = one.host.substr(0, one.host.rfind('_'));
        if (one.name == flags.name &&
            (flags.host == one.host || flags.host == host ||
             flags.host == host + ":" + one.host.substr(host.size() + 1))) {
            return one;
        }
    }
    return fail(Error(ErrorKind::invalid_argument,
                      fmt::format("there is no session {} of {}", flags.name, flags.host))
                    .with_remedy("apilab session list says what there is"));
}

Result<ExitCode> list_sessions(const SessionFlags& /*flags*/, const Globals& globals) {
    APILAB_TRY(const auto found, all_sessions());
    json::array list;
    Table table({"host", "name", ">headers", ">cookies"});
    for (const auto& one : found) {
        const auto session = Session::read(one.file);
        const auto headers = session ? std::to_string(session->headers().size()) : "?";
        const auto cookies = session ? std::to_string(session->cookies().size()) : "?";
        table.add({one.host, one.name, headers, cookies});
        list.push_back(json::object{
            {"host", one.host},
            {"name", one.name},
            {"error", session ? json::value(nullptr) : json::value(session.error().to_string())}});
    }
    if (globals.json) {
        fmt::print("{}\n", json::serialize(json::object{{"sessions", list}}));
    } else {
        fmt::print("{}",
                   found.empty() ? "there are no sessions\n" : table.to_string(globals.out()));
    }
    return ExitCode::success;
}

std::string expiry_of(const client::Cookie& cookie) {
    return cookie.expires ? http::format_iso_time(*cookie.expires) : "with the session";
}

Result<ExitCode> show_session(const SessionFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto found, one_session(flags));
    APILAB_TRY(const auto session, Session::read(found.file));
    json::object headers;
    json::array cookies;
    Table table({"what", "name", "value"});
    for (const auto& [name, typed] : session.headers()) {
        table.add({"header", name, typed});
        headers[name] = typed;
    }
    for (const auto& cookie : session.cookies()) {
        const auto value = fmt::format("sha256:{}  {}{}, until {}", cookie.value.fingerprint(),
                                       cookie.domain, cookie.path, expiry_of(cookie));
        table.add({"cookie", cookie.name, value});
        cookies.push_back(json::object{{"name", cookie.name},
                                       {"fingerprint", cookie.value.fingerprint()},
                                       {"domain", cookie.domain},
                                       {"path", cookie.path},
                                       {"expires", expiry_of(cookie)}});
    }
    if (globals.json) {
        fmt::print("{}\n", json::serialize(json::object{{"host", found.host},
                                                        {"name", found.name},
                                                        {"headers", headers},
                                                        {"cookies", cookies}}));
    } else {
        fmt::print("{}", table.to_string(globals.out()));
    }
    return ExitCode::success;
}

Result<ExitCode> remove_session(const SessionFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto found, one_session(flags));
    std::error_code code;
    fs::remove(found.file, code);
    if (code) {
        return fail(ErrorKind::io, fmt::format("{}: {}", found.file.string(), code.message()));
    }
    if (globals.json) {
        fmt::print("{}\n", json::serialize(json::object{
                               {"host", found.host}, {"name", found.name}, {"removed", true}}));
    } else if (!globals.quiet) {
        fmt::print("{} of {} is gone\n", found.name, found.host);
    }
    return ExitCode::success;
}

using Run = Result<ExitCode> (*)(const SessionFlags&, const Globals&);

}  // namespace

void add_session(CLI::App& app, const Globals& globals, Action& action) {
    auto* group = app.add_subcommand("session", "What call keeps with --session");
    group->require_subcommand(1);
    const auto flags = std::make_shared<SessionFlags>();
    const auto act = [&action, &globals, flags](CLI::App* command, Run run) {
        command->callback([&action, &globals, flags, run] {
            action = [&globals, flags, run] {
                const auto code = run(*flags, globals);
                return code ? *code : report(code.error(), globals);
            };
        });
    };
    const auto place = [flags](CLI::App* command) {
        command->add_option("HOST", flags->host, "With or without its port")->required();
        command->add_option("NAME", flags->name, "The session's name")->required();
    };
    act(group->add_subcommand("list", "All of them"), list_sessions);
    auto* show = group->add_subcommand("show", "What one keeps; of cookies not what they are");
    place(show);
    act(show, show_session);
    auto* remove = group->add_subcommand("rm", "Forget one");
    place(remove);
    act(remove, remove_session);
}

}  // namespace apilab::cli
