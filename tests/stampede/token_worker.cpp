// One of several processes that share a token through a store: calls a protected resource until it
// is told to stop, then says how it fared. Started by the tests beside it.
//
// token_worker URL STORE SPEED ANCHOR_MS [SAVES]: with SAVES it dies like a killed process when it
// is about to save so many-th, which is after the server has answered, unless another one has died
// so. When the user has to be asked it looks on for a while, and then ends by itself.

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/file_token_store.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace {

using namespace apilab;
using namespace std::chrono_literals;

class MortalStore final : public auth::TokenStore {
public:
    MortalStore(auth::TokenStore& inner, int saves, std::filesystem::path grave)
        : inner_(inner), saves_(saves), grave_(std::move(grave)) {}
    Result<std::optional<auth::StoredTokens>> load(std::string_view name) override {
        return inner_.load(name);
    }
    Result<void> save(std::string_view name, const auth::StoredTokens& tokens) override {
        if (--saves_ == 0 && std::filesystem::create_directory(grave_)) {
            std::raise(SIGKILL);
        }
        return inner_.save(name, tokens);
    }
    Result<void> erase(std::string_view name) override { return inner_.erase(name); }
    Result<std::vector<std::string>> names() override { return inner_.names(); }
    Result<std::unique_ptr<Lock>> try_lock(std::string_view name) override {
        return inner_.try_lock(name);
    }

private:
    auth::TokenStore& inner_;
    int saves_;
    /// There since one died.
    std::filesystem::path grave_;
};

struct Fared {
    int answered = 0;
    int failed = 0;
    std::string error;
};

runtime::Task<void> work(runtime::Scheduler* scheduler, runtime::Service* service,
                         const auth::OAuth2TokenSource* tokens, const http::Url* base, bool* stop,
                         Fared* fared) {
    int left = 40;  // calls without consent: one that asked again would be seen
    for (int i = 0; !*stop && left > 0; ++i) {
        left -= tokens->status().state == auth::CredentialState::needs_consent ? 1 : 0;
        const auto url = http::Url::parse(base->to_string() + "/documents/" + std::to_string(i));
        const auto answer = co_await service->call(http::Request::get(*url), {});
        if (answer && answer->ok()) {
            ++fared->answered;
        } else {
            ++fared->failed;
            fared->error = answer ? std::to_string(answer->status()) : answer.error().to_string();
        }
        (void)co_await scheduler->sleep_for(500ms);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    if (arguments.size() < 5) {
        std::fputs("token_worker URL STORE SPEED ANCHOR_MS [SAVES]\n", stderr);
        return 2;
    }
    const auto base = http::Url::parse(arguments[1]);
    const auto token_url = http::Url::parse(std::string(arguments[1]) + "/token");
    const auto files = auth::FileTokenStore::open(arguments[2]);
    if (!base || !token_url || !files) {
        return 2;
    }
    MortalStore store(**files, arguments.size() > 5 ? std::atoi(arguments[5]) : -1,
                      std::string(arguments[2]) + ".grave");
    const SystemTime anchor{std::chrono::milliseconds(std::atoll(arguments[4]))};
    runtime::RealScheduler scheduler(std::atoi(arguments[3]), anchor);
    transport::AsioTransport transport(scheduler);
    SeededRng rng(static_cast<std::uint64_t>(::getpid()));
    const auto client = client::Client::create(scheduler, transport, rng);
    // At this speed a disk that takes half a second over one write is half a minute to who waits
    // for the token: what is tried here is who renews, not how slow this machine may be.
    auth::OAuth2TokenSource tokens(scheduler, **client, rng,
                                   {.token_url = *token_url,
                                    .client_id = "cid",
                                    .client_secret = Secret("sec"),
                                    .refresh_token = Secret("seed-refresh-token"),
                                    .renewal = {.deadline = 10min, .store = &store}});
    auth::BearerAuth service(**client, tokens, base->origin());
    bool stop = false;
    Fared fared;
    const runtime::Signals signals(scheduler, {SIGTERM}, [&stop](int) { stop = true; });
    runtime::run(scheduler, work(&scheduler, &service, &tokens, &*base, &stop, &fared));
    runtime::run(scheduler, tokens.close());
    fmt::print("{} {} {} {}\n", fared.answered, fared.failed, to_string(tokens.status().state),
               fared.error);
    return 0;
}
