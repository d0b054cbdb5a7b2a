// Of apilab doctor: what is in the environment and in the program itself.

#include <ares.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <zlib.h>

#include <CLI/Version.hpp>
#include <boost/version.hpp>

#include "apilab/base/environment.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/secret_source.hpp"
#include "apilab/transport/proxy.hpp"
#include "config/settings.hpp"
#include "doctor/doctor.hpp"
#include "environment.hpp"
#include "settings_file.hpp"
#include "version.hpp"

namespace apilab::cli {
namespace {

void add_problem(Findings& findings, Health health, const Error& error) {
    findings.push_back({"settings", health, error.message(), error.remedy()});
}

}  // namespace

void look_at_settings(Findings& findings) {
    const auto files = inspect_settings_files();
    for (const auto& file : files) {
        if (file.problems.empty()) {
            findings.push_back({"settings",
                                Health::ok,
                                fmt::format("{}: {}", file.whose, file.path.string()),
                                {}});
        }
        for (const auto& problem : file.problems) {
            add_problem(findings, Health::fail, problem);
        }
    }
    if (files.empty()) {
        findings.push_back({"settings", Health::ok, "no files", {}});
    }
    for (const auto& problem : variable_problems()) {
        add_problem(findings, Health::warn, problem);
    }
}

void look_at_proxies(Findings& findings) {
    const auto proxies = transport::ProxyOptions::from_environment(process_environment());
    if (!proxies) {
        findings.push_back({"proxy", Health::fail, proxies.error().message(),
                            "write http://host:port, or unset it"});
        return;
    }
    const auto tell = [&](std::string_view scheme, const std::optional<transport::Proxy>& proxy) {
        if (proxy) {
            findings.push_back({"proxy",
                                Health::ok,
                                fmt::format("{} goes through {}{}", scheme, proxy->url.origin(),
                                            proxy->user.empty() ? "" : ", with a password"),
                                {}});
        }
    };
    tell("http", proxies->http);
    tell("https", proxies->https);
    if (!proxies->http && environment("HTTP_PROXY")) {
        // A CGI server puts a visitor's header there.
        findings.push_back({"proxy", Health::warn, "HTTP_PROXY is set, which is never read",
                            "set http_proxy in small letters"});
    } else if (!proxies->http && !proxies->https) {
        findings.push_back({"proxy", Health::ok, "none", {}});
    }
}

void look_at_secrets(Findings& findings) {
    std::vector<std::string> names;
    std::vector<std::string> shorts;
    for (const auto& [name, value] : process_environment()) {
        if (variable_names_a_secret(name) && !value.empty()) {
            (value.size() < Scrubber::value_min ? shorts : names).push_back(name);
        }
    }
    if (!names.empty() || shorts.empty()) {
        findings.push_back({"secrets",
                            Health::ok,
                            names.empty()
                                ? "none in the environment"
                                : fmt::format("in the environment: {}", fmt::join(names, ", ")),
                            {}});
    }
    if (!shorts.empty()) {
        findings.push_back({"secrets", Health::warn,
                            fmt::format("too short to be kept out of what is printed: {}",
                                        fmt::join(shorts, ", ")),
                            fmt::format("use values of {} characters or more, or unset them",
                                        Scrubber::value_min)});
    }
}

void look_at_terminal(Findings& findings, const Globals& globals) {
    const auto out = globals.out();
    const std::string color = out.color ? "colour" : "no colour";
    findings.push_back({"terminal",
                        Health::ok,
                        out.is_terminal ? fmt::format("{} columns, {}, TERM {}", out.width, color,
                                                      environment("TERM").value_or("not set"))
                                        : fmt::format("standard output is none, {}", color),
                        {}});
}

void look_at_versions(Findings& findings) {
    const auto tell = [&](std::string what) {
        findings.push_back({"versions", Health::ok, std::move(what), {}});
    };
    tell(fmt::format("apilab {}", version));
    tell(OpenSSL_version(OPENSSL_VERSION));
    tell(fmt::format("SQLite {}, c-ares {}, zlib {}", sqlite3_libversion(), ares_version(nullptr),
                     zlibVersion()));
    tell(fmt::format("Boost {}.{}.{}, fmt {}.{}.{}, CLI11 {}", BOOST_VERSION / 100'000,
                     BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100, FMT_VERSION / 10'000,
                     FMT_VERSION / 100 % 100, FMT_VERSION % 100, CLI11_VERSION));
}

}  // namespace apilab::cli
