#include "world.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/context.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::radar_security {
namespace {

using namespace std::chrono_literals;

std::filesystem::path make_folder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "apilab-radar-security-XXXXXX").string();
    return ::mkdtemp(name.data());
}

std::unique_ptr<sandbox::Sandbox> make_sandbox(runtime::Scheduler& scheduler, std::uint64_t seed) {
    const sandbox::WorldOptions world{.seed = seed};
    return sandbox::Sandbox::make(scheduler, {.seed = seed,
                                              .providers = sandbox::make_providers(
                                                  sandbox::make_world(world).value(), world)})
        .value();
}

// What a person would set, with what every encoding writes in its own way; the providers' own
// tokens are the sandbox's, which knows no others.
std::map<std::string, std::string> secrets_for(const WorldOptions& options) {
    const auto canary = [&](int number) {
        return fmt::format("canary-{}/{}+\"w\\x\" =&?%~{}", options.seed, number, number * 7919);
    };
    std::map<std::string, std::string> all{
        {"RADAR_GITHUB_WEBHOOK_SECRET", canary(1)},
        {"RADAR_GITHUB_WEBHOOK_SECRET_2", canary(2)},
        {"RADAR_NOTION_WEBHOOK_SECRET", canary(3)},
        {"RADAR_SLACK_WEBHOOK_SECRET", canary(4)},
        {"RADAR_SLACK_WEBHOOK_SECRET_2", canary(5)},
        {"RADAR_STRIPE_WEBHOOK_SECRET", "whsec_" + canary(6)},
        {"RADAR_STANDARD_WEBHOOK_SECRET",
         "whsec_" + base64_encode(fmt::format("a key of 32 bytes, seed {:08}.", options.seed))}};
    if (options.has_token) {
        all["RADAR_DASHBOARD_TOKEN"] = fmt::format("canary-{}-dashboard/token+8~", options.seed);
    }
    for (const auto& [name, value] : sandbox::seed_credentials(options.seed)) {
        if (name == "APILAB_GITHUB_TOKEN" || name == "APILAB_SLACK_TOKEN" ||
            name == "APILAB_NOTION_TOKEN" || name == "APILAB_GOOGLE_CLIENT_SECRET" ||
            name == "APILAB_GOOGLE_REFRESH_TOKEN") {
            all[name] = value;
        }
    }
    return all;
}

Environment environment_of(const WorldOptions& options, const std::filesystem::path& folder,
                           const std::map<std::string, std::string>& secrets) {
    const std::string origin(home);
    Environment all{{"RADAR_STORE", "sqlite:" + (folder / "radar.db").string()},
                    {"RADAR_GMAIL_FROM", "radar@apilab.example"},
                    {"RADAR_GMAIL_TO", "team@apilab.example"},
                    {"RADAR_GMAIL_SCHEDULE", "every 6h"},
                    {"RADAR_SLACK_LEVEL", "low"},
                    {"RADAR_GITHUB_HOOK", origin + "/github/repos/octo/hello/hooks/1"}};
    for (const auto* api : {"NPM", "OSV", "GITHUB", "SLACK", "NOTION", "GOOGLE"}) {
        std::string path(api);
        for (char& c : path) {
            c = static_cast<char>(c + ('a' - 'A'));
        }
        all[fmt::format("APILAB_{}_URL", api)] = fmt::format("{}/{}", origin, path);
    }
    for (const auto& [name, value] : sandbox::seed_credentials(options.seed)) {
        if (name == "APILAB_SLACK_CHANNEL" || name == "APILAB_NOTION_DS" ||
            name == "APILAB_GOOGLE_CLIENT_ID") {
            all[name] = value;
        }
    }
    if (options.has_token) {
        all["RADAR_HOSTS"] = "radar.example";
    }
    if (options.has_backups) {
        all["RADAR_BACKUP_FOLDER"] = (folder / "backups").string();
        all["RADAR_BACKUP_SCHEDULE"] = "every 12h";
    }
    for (const auto& [name, value] : secrets) {
        all[name] = value;
    }
    return all;
}

std::string json_escaped(std::string_view text, bool all) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (all && !plain) {
            out += fmt::format("\\u{:04x}", byte);
        } else if (c == '/' && !all) {
            out += "\\/";
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace

World::World(runtime::Scheduler& scheduler, WorldOptions options)
    : scheduler_(scheduler),
      options_(options),
      folder_(make_folder()),
      secrets_(secrets_for(options)),
      environment_(environment_of(options, folder_, secrets_)),
      rng_(options.seed),
      sandbox_(make_sandbox(scheduler, options.seed)),
      others_(scheduler, *sandbox_) {
    install({{"lodash", "4.17.11"}});
    store_ = work::SqliteStore::open(
                 folder_ / "radar.db",
                 {.synchronous = work::SqliteStoreOptions::Synchronous::off, .busy_timeout = {}})
                 .value();
    auto loaded = load();
    for (const auto& problem : loaded.problems) {
        ADD_FAILURE() << problem.to_string();
    }
    // As the program does it.
    for (const auto& secret : radar::secrets_of(*loaded.config)) {
        Scrubber::of_process().add(secret);
    }
    radar_ = radar::RadarService::create(
                 *loaded.config,
                 {.scheduler = scheduler,
                  .rng = rng_,
                  .transport = others_,
                  .store = *store_,
                  .folder = folder_,
                  .own_thread = false,
                  .log = [this](std::string_view line) { log_ += std::string(line) + "\n"; },
                  .poll = 1min})
                 .value();
}

World::~World() {
    end();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void World::end() {
    if (radar_) {
        runtime::run(scheduler_, radar_->stop());
        radar_.reset();
    }
    store_.reset();
}

radar::ConfigLoad World::load(const Environment& more) const {
    auto environment = environment_;
    for (const auto& [name, value] : more) {
        environment[name] = value;
    }
    return radar::load_config(
        {.text = "simulated = true\n",
         .environment = std::move(environment),
         .flags = {{"watch", "shop=" + (folder_ / "package-lock.json").string(), "--watch"},
                   {"watch", "hello=github:octo/hello", "--watch"}}});
}

const std::string& World::secret(const std::string& variable) const {
    return secrets_.at(variable);
}

http::Response World::ask(Ask ask) {
    auto url = http::Url::parse("http://" + ask.host + ask.target);
    if (!url) {
        return http::Response(400);
    }
    http::Request request(std::move(ask.method), *std::move(url));
    if (!ask.headers.contains("host")) {
        request.header("host", ask.host);
    }
    for (const auto& [name, value] : ask.headers) {
        request.headers().add(name, value);
    }
    request.body(std::move(ask.body));
    runtime::CallContext context;
    context.inbound = runtime::Inbound{.peer_address = std::move(ask.peer)};
    auto answer = runtime::run(
        scheduler_,
        static_cast<runtime::Service&>(radar_->web()).call(std::move(request), std::move(context)));
    return answer ? *std::move(answer) : http::Response(599, answer.error().to_string());
}

http::Response World::send(const Delivery& delivery, std::string method) {
    return ask({.method = std::move(method),
                .target = delivery.path,
                .host = "radar.example",
                .headers = delivery.headers,
                .body = delivery.body,
                .peer = "203.0.113.9"});
}

http::Response World::deliver_genuine(std::string_view sender, std::string body, int number) {
    std::string name(sender);
    for (char& c : name) {
        c = static_cast<char>(c - ('a' - 'A'));
    }
    const Secret secret(secrets_.at("RADAR_" + name + "_WEBHOOK_SECRET"));
    return send(deliver(sender, secret, std::move(body), number, scheduler_.system_now()));
}

void World::install(const std::map<std::string, std::string>& packages) const {
    std::string wanted;
    std::string there;
    for (const auto& [name, version] : packages) {
        wanted += fmt::format(R"({}"{}":"^{}")", wanted.empty() ? "" : ",", name, version);
        there += fmt::format(R"(,"node_modules/{}":{{"version":"{}"}})", name, version);
    }
    std::ofstream(folder_ / "package-lock.json") << fmt::format(
        R"({{"name":"w","lockfileVersion":3,"packages":{{"":{{"name":"w","dependencies":{{{}}}}}{}}}}})",
        wanted, there);
}

std::string World::tables() const {
    SQLite::Database database((folder_ / "radar.db").string(), SQLite::OPEN_READONLY);
    SQLite::Statement names(database,
                            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
    std::string text;
    while (names.executeStep()) {
        const auto table = names.getColumn(0).getString();
        text += "\n" + table + "\n";
        SQLite::Statement rows(database, "SELECT * FROM \"" + table + "\" ORDER BY 1, 2");
        while (rows.executeStep()) {
            for (int i = 0; i < rows.getColumnCount(); ++i) {
                text += rows.getColumn(i).getString() + "|";
            }
            text += "\n";
        }
    }
    return text;
}

std::vector<canaries::Canary> World::canaries() const {
    std::vector<canaries::Canary> all;
    for (const auto& [name, value] : secrets_) {
        all.push_back({.name = name, .value = value});
    }
    for (const auto& token : others_.tokens()) {
        all.push_back({.name = "access token", .value = token});
    }
    return all;
}

std::vector<std::string> leaks(std::string_view text,
                               const std::vector<canaries::Canary>& canaries) {
    auto seen = canaries::seen_in(text, canaries);
    for (const auto& [name, value] : canaries) {
        const auto quoted = http::json_quote(value);
        for (const auto& form : {quoted.substr(1, quoted.size() - 2), json_escaped(value, false),
                                 json_escaped(value, true)}) {
            if (form != value && text.contains(form)) {
                seen.push_back(name + " with JSON's escapes");
            }
        }
    }
    return seen;
}

}  // namespace apilab::radar_security
