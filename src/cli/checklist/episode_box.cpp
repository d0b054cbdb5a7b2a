#include "checklist/episode_box.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/sandbox/webhook/bodies.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"

namespace apilab::cli::checklist {

using runtime::Task;

namespace {

namespace fs = std::filesystem;
namespace webhook = sandbox::webhook;

// Longer than any sender's own.
constexpr Duration patience = std::chrono::seconds(12);
constexpr Duration look_again = std::chrono::milliseconds(10);
// 2^53 + 1: of deliveries that are asked for again by their number.
constexpr std::uint64_t first_delivery = (std::uint64_t{1} << 53U) + 1;
// The repository of the seed that pushes are about.
constexpr std::string_view repository = "octo/webshop";

// Senders that the service has no path for do not exist; the others call it where it says.
void lead_to(const Service& service, sandbox::Scenario& scenario) {
    std::erase_if(scenario.webhooks, [&](const sandbox::Webhooks& each) {
        return !service.webhooks.contains(each.from);
    });
    for (auto& each : scenario.webhooks) {
        each.path = service.webhooks.at(each.from);
    }
}

Result<void> make_private_folder(const fs::path& folder) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (!failed) {
        fs::permissions(folder, fs::perms::owner_all, failed);
    }
    if (failed) {
        return fail(ErrorKind::io, fmt::format("{}: {}", folder.string(), failed.message()));
    }
    return {};
}

}  // namespace

EpisodeBox::EpisodeBox(Ground& ground, fs::path folder)
    : ground_(ground), folder_(std::move(folder)) {}

Result<void> EpisodeBox::open(const EpisodePlan& plan, std::uint16_t port) {
    for (const auto* name : {"keys", "secrets", "volume"}) {
        APILAB_CHECK(make_private_folder(folder_ / name));
    }
    sandbox::SandboxOptions options{.seed = ground_.seed};
    APILAB_TRY(options.scenario, sandbox::built_in_scenario(fmt::format("checklist-{}", plan.id)));
    lead_to(ground_.manifest.service, options.scenario);
    options.scenario.checks.clear();  // all of them: which ones decide is said by the rules
    options.providers = sandbox::make_providers(ground_.world, {.seed = ground_.seed});
    APILAB_TRY(sandbox_, sandbox::Sandbox::make(ground_.scheduler, std::move(options)));
    sandbox_->hub().number_from(first_delivery);
    host_ =
        std::make_unique<sandbox::SandboxHost>(ground_.scheduler, *sandbox_,
                                               sandbox::HostOptions{.port = 0,
                                                                    .admin_port = 0,
                                                                    .foreign_port = 0,
                                                                    .tls_port = 0,
                                                                    .key_dir = folder_ / "keys"});
    APILAB_CHECK(host_->start());
    for (auto& [name, value] : host_->environment()) {
        values_[name] = std::move(value);
    }
    for (const auto& [provider, listener] : plan.hosts) {
        auto name = fmt::format("APILAB_{}_URL", provider);
        std::ranges::transform(name, name.begin(), [](unsigned char c) {
            return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        });
        values_[name] = fmt::format("{}/{}", values_[std::string(listener)], provider);
    }
    add_rotations(values_, ground_.seed, folder_ / "secrets");
    values_["port"] = std::to_string(port);
    values_["volume"] = (folder_ / "volume").string();
    values_["folder"] = ground_.folder.string();
    std::error_code ignored;  // every process has one
    values_["programs"] = fs::read_symlink("/proc/self/exe", ignored).parent_path().string();
    APILAB_CHECK(subscribe());
    return write_secrets();
}

Result<void> EpisodeBox::subscribe() {
    const auto& service = ground_.manifest.service;
    if (service.trigger.empty()) {
        return {};
    }
    to_.from = service.trigger;
    to_.url =
        fmt::format("http://127.0.0.1:{}{}", values_["port"], service.webhooks.at(service.trigger));
    to_.secret = Secret(values_[std::string(signing_secret_name(service.trigger))]);
    if (service.trigger == "github") {
        // With a subscription of its own, so that what was not delivered can be asked for.
        to_.events = {"push"};
        to_.scope = repository;
        APILAB_TRY(to_.id, sandbox_->hub().subscribe(to_));
        values_["APILAB_GITHUB_HOOK_URL"] =
            fmt::format("{}/repos/{}/hooks/{}", values_["APILAB_GITHUB_URL"], repository, to_.id);
    }
    return {};
}

Result<void> EpisodeBox::put_in_file(const std::string& name, std::string_view value) {
    return write_file_atomically(folder_ / "secrets" / name, value);
}

Result<void> EpisodeBox::write_secrets() {
    const auto& service = ground_.manifest.service;
    for (const auto& word : service.command) {
        for (const auto& name : files_named_in(word)) {
            APILAB_CHECK(put_in_file(name, values_[name]));
        }
    }
    for (const auto& [variable, text] : service.environment) {
        const bool secret = std::ranges::find(service.secrets, variable) != service.secrets.end();
        const auto files = files_named_in(text);
        for (const auto& name : files) {
            APILAB_CHECK(put_in_file(name, values_[name]));
            secrets_[variable] = values_[name];
        }
        if (secret && files.empty()) {
            APILAB_TRY(secrets_[variable], put_in(text, values_));
        }
    }
    return {};
}

Task<void> EpisodeBox::close() {
    if (host_) {
        co_await host_->stop(Duration::zero());
    }
}

Duration EpisodeBox::now() const {
    return ground_.scheduler.now() - sandbox_->run().started;
}

Task<Probe> EpisodeBox::trigger() {
    ++events_;
    auto& hub = sandbox_->hub();
    Probe probe{.at = now()};
    const auto id = webhook::event_id(to_.from, ground_.seed, fmt::format("checklist {}", events_));
    auto body = webhook::write_body({.from = to_.from,
                                     .seed = ground_.seed,
                                     .id = id,
                                     .number = events_,
                                     .at = ground_.scheduler.system_now()});
    probe.what = fmt::format("{} {}", to_.from, body.type);
    const auto text = body.text;
    std::string guid;
    if (to_.id.empty()) {
        auto sent = hub.trigger(to_, {.from = to_.from}, "");
        if (!sent) {
            probe.body = sent.error().to_string();
            co_return probe;
        }
        guid = *sent;
    } else {
        hub.emit_to(to_.id, {.from = to_.from,
                             .type = std::move(body.type),
                             .action = std::move(body.action),
                             .scope = std::string(repository),
                             .body = std::move(body.text)});
    }
    const SteadyTime last = ground_.scheduler.now() + patience;
    while (ground_.scheduler.now() < last) {
        for (const auto& record : hub.deliveries(to_.id)) {
            if (!record.redelivery &&
                (guid.empty() ? record.request_body == text : record.guid == guid)) {
                probe.status = record.status;
                probe.body = record.status == 0 ? record.error : record.response_body;
                probe.headers = record.response_headers;
                probe.took = record.took;
                co_return probe;
            }
        }
        if (const auto slept = co_await ground_.scheduler.sleep_for(look_again); !slept) {
            break;
        }
    }
    probe.body = "no answer";
    probe.took = patience;
    co_return probe;
}

Result<void> EpisodeBox::sign_with(std::string secret) {
    to_.secret = Secret(std::move(secret));
    return to_.id.empty() ? Result<void>() : sandbox_->hub().change(to_);
}

Result<void> EpisodeBox::rotate(std::string_view what) {
    if (what == "access_token" || what == "consent") {
        const std::string_view how = what == "consent" ? "revoke" : "expire";
        std::set<std::string> tokens;
        for (const auto& row : sandbox_->journal().rows()) {
            // Shown to an API, or only given out so far.
            for (const auto* name : {"token", "issued"}) {
                if (const auto token = row.facts.find(name); token != row.facts.end()) {
                    tokens.insert(token->second);
                }
            }
        }
        for (const auto& token : tokens) {
            (void)sandbox_->end_token(token, how, "");
        }
        return {};
    }
    const bool signs = what == "webhook_secret" || what == "former_secret";
    if (signs && to_.from.empty()) {
        return {};  // nobody calls it
    }
    const std::string name(signs ? signing_secret_name(to_.from) : what);
    const auto value = values_.find(what == "former_secret" ? name : name + "_NEXT");
    if (value == values_.end()) {
        return fail(ErrorKind::invalid_argument, fmt::format("there is no {} to replace", what));
    }
    secrets_[name + "_NEXT"] = values_[name + "_NEXT"];
    if (signs) {
        APILAB_CHECK(sign_with(value->second));
    }
    return put_in_file(name, value->second);
}

}  // namespace apilab::cli::checklist
