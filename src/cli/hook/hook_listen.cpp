// apilab hook listen: takes webhooks, keeps them, and forwards them to who is to get them.

#include <fmt/core.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/work/sender.hpp"
#include "apilab/work/sweeper.hpp"
#include "call/call_run.hpp"
#include "hook/hook.hpp"
#include "hook/hook_forward.hpp"
#include "hook/hook_inlet.hpp"
#include "hook/hook_senders.hpp"
#include "hook/hook_store.hpp"
#include "hook/hook_types.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;
using work::ReceiverStats;

constexpr Duration patience = std::chrono::seconds(5);

struct ListenFlags {
    std::string listen{default_hook_address};
    std::string store;
    std::vector<std::string> providers;
    std::string forward;
    bool sign_anew = false;
    std::string ready_file;
};

Result<server::ServerOptions> address_of(const std::string& text) {
    server::ServerOptions options;
    const auto colon = text.rfind(':');
    const auto number =
        colon == text.npos ? std::string_view() : std::string_view(text).substr(colon + 1);
    const auto [end, code] =
        std::from_chars(number.data(), number.data() + number.size(), options.port);
    if (code != std::errc() || end != number.data() + number.size()) {
        return fail(
            ErrorKind::invalid_argument,
            "--listen: expected ADDRESS:PORT, such as 127.0.0.1:8787; port 0 is a free one");
    }
    options.address = text.substr(0, colon);
    if (options.address.starts_with('[') && options.address.ends_with(']')) {
        options.address = options.address.substr(1, options.address.size() - 2);
    }
    options.body_timeout = std::chrono::seconds(30);
    return options;
}

// One line for each thing that happens; all of them at once where nobody looks.
class Told {
public:
    explicit Told(const Globals& globals) : globals_(globals), terminal_(globals.out()) {}

    void arrival(const Arrival& one) {
        if (globals_.json) {
            print({{"type", "arrival"},
                   {"at", now()},
                   {"path", one.path},
                   {"source", one.source},
                   {"event_type", one.type},
                   {"id", one.sender_id},
                   {"verdict", one.verdict},
                   {"status", one.status},
                   {"took_ms", std::chrono::duration<double, std::milli>(one.took).count()}});
            return;
        }
        const auto status = std::to_string(one.status);
        line(
            one.source.empty() ? one.path : one.source, one.type, one.sender_id,
            fmt::format("{} {}", one.status < 400 ? terminal_.green(status) : terminal_.red(status),
                        one.verdict));
    }
    void forwarded(const Forwarded& one) {
        ++(one.outcome == "done" ? done_ : one.outcome == "dead" ? dead_ : retried_);
        if (globals_.json) {
            json::object object{{"type", "forwarded"},    {"at", now()},
                                {"event", one.event},     {"source", one.source},
                                {"event_type", one.type}, {"id", one.sender_id},
                                {"attempt", one.attempt}, {"status", one.status},
                                {"outcome", one.outcome}, {"reason", one.reason},
                                {"again", nullptr}};
            if (one.outcome == "retry") {
                object["again"] = http::format_iso_time(one.again);
            }
            print(object);
            return;
        }
        std::string what = one.status == 0 ? "" : fmt::format("{} ", one.status);
        what += one.outcome == "done" ? "forwarded" : std::string(one.outcome);
        if (!one.reason.empty() && one.outcome != "done") {
            what += fmt::format(": {}", without_controls(one.reason));
        }
        if (one.outcome == "retry") {
            what += fmt::format(", again at {}", http::format_iso_time(one.again));
        }
        line(one.source, one.type, one.sender_id,
             one.outcome == "done" ? terminal_.green(what) : terminal_.yellow(what));
    }
    void notice(std::string_view what) const {
        if (!globals_.quiet) {
            fmt::print(stderr, "{}\n", what);
        }
    }
    void result(const ReceiverStats& stats) const {
        const auto refused = stats.requests - stats.stored - stats.duplicates - stats.revived -
                             stats.conflicts - stats.replayed - stats.handshakes;
        if (globals_.json) {
            print({{"type", "result"},
                   {"requests", stats.requests},
                   {"stored", stats.stored},
                   {"duplicates", stats.duplicates},
                   {"quarantined", stats.conflicts + stats.replayed},
                   {"refused", refused},
                   {"forwarded", done_},
                   {"dead", dead_}});
        } else if (!globals_.quiet) {
            fmt::print(
                "{} requests: {} stored, {} known already, {} in quarantine, {} refused; {} "
                "forwarded, {} given up\n",
                stats.requests, stats.stored, stats.duplicates, stats.conflicts + stats.replayed,
                refused, done_, dead_);
        }
    }
    static void print(const json::object& object) {
        fmt::print("{}\n", json::serialize(object));
        std::fflush(stdout);
    }

private:
    static std::string now() { return http::format_iso_time(RealClock().system_now()); }
    void line(const std::string& source, const std::string& type, const std::string& id,
              const std::string& what) const {
        fmt::print("{}  {}{}\n", now(),
                   hook_columns(source, without_controls(type), without_controls(id)), what);
        std::fflush(stdout);
    }

    const Globals& globals_;
    Terminal terminal_;
    std::uint64_t done_ = 0;
    std::uint64_t dead_ = 0;
    std::uint64_t retried_ = 0;
};

Result<std::optional<ForwardOptions>> forwarding_of(
    const ListenFlags& flags, const std::vector<work::ReceiverEndpoint>& endpoints) {
    if (flags.forward.empty()) {
        return std::optional<ForwardOptions>();
    }
    auto target = http::Url::parse(flags.forward);
    if (!target) {
        return fail(std::move(target).error().in("--forward"));
    }
    ForwardOptions options{.target = *std::move(target)};
    for (const auto& endpoint : endpoints) {
        const auto* sender = work::find_sender(endpoint.sender);
        // With a public key nobody can sign.
        if (flags.sign_anew && !endpoint.secrets.empty() &&
            sender->scheme != work::SignatureScheme::standard_ed25519) {
            APILAB_TRY(auto signer,
                       work::SignatureSigner::create(sender->scheme, endpoint.secrets.front()));
            options.signers.emplace(sender->source, std::move(signer));
        }
    }
    return std::optional(std::move(options));
}

// Everything that listens and forwards, in the order in which it may go.
class Listening {
public:
    Listening(const ListenFlags& flags, const Globals& globals)
        : flags_(flags), globals_(globals), told_(globals) {}

    Result<ExitCode> run() {
        APILAB_CHECK(prepare());
        const runtime::Signals signals(scheduler_, {SIGINT, SIGTERM}, [this](int) {
            (over_.is_set() ? at_once_ : over_).set();  // a second one waits for nobody
        });
        APILAB_CHECK(server_->listen());
        APILAB_CHECK(say_where());
        runtime::run(scheduler_, until_over());
        told_.result(receiver_->stats());
        if (!flags_.ready_file.empty()) {
            std::error_code ignored;
            std::filesystem::remove(flags_.ready_file, ignored);
        }
        return ExitCode::success;
    }

private:
    Result<void> prepare() {
        APILAB_TRY(auto options, address_of(flags_.listen));
        const auto path = hook_store_path(flags_.store);
        const std::string token_file = path ? path->string() + ".notion-token" : "";
        APILAB_TRY(auto endpoints, hook_endpoints(flags_.providers, token_file, [=, this] {
                       told_.notice(fmt::format(
                           "Notion sent its verification token. It is in {}: compare it with the "
                           "one that Notion's settings ask for, and paste it there. It is kept "
                           "secret, and used from now on.",
                           token_file));
                   }));
        APILAB_TRY(auto forwarding, forwarding_of(flags_, endpoints));
        for (const auto& endpoint : endpoints) {
            paths_.push_back(
                fmt::format("/webhooks/{}", work::find_sender(endpoint.sender)->source));
        }
        APILAB_TRY(store_, open_hook_store(flags_.store));
        APILAB_TRY(const auto counts, store_->counts(forward_queue));
        waiting_ = counts.available + counts.running;
        writer_ = std::make_unique<work::StoreWriter>(scheduler_, *store_);
        if (forwarding) {
            forwarder_ = std::make_unique<Forwarder>(
                scheduler_, *writer_, way_, rng_, *std::move(forwarding),
                [this](const Forwarded& one) { told_.forwarded(one); });
        }
        sweeper_ = std::make_unique<work::Sweeper>(
            scheduler_, *writer_, rng_,
            work::SweeperOptions{.times = {.done_jobs = std::chrono::days(30)}});
        work::ReceiverOptions receiving;
        receiving.on_job = [this](const work::PutResult&, std::string_view) {
            store_error_.clear();
            if (forwarder_) {
                forwarder_->wake();
            }
        };
        receiving.on_store_error = [this](const Error& error) {
            // Once for each trouble, not for each webhook.
            if (auto why = error.to_string(); why != store_error_) {
                told_.notice(fmt::format("Not stored, and the sender was told 503: {}", why));
                store_error_ = std::move(why);
            }
        };
        APILAB_TRY(receiver_, work::WebhookReceiver::create(scheduler_, *writer_,
                                                            std::move(endpoints), receiving));
        inlet_ = std::make_unique<HookInlet>(scheduler_, *receiver_, [=, this](const Arrival& one) {
            told_.arrival(one);
            if (one.other_token) {
                told_.notice(fmt::format(
                    "A verification token of Notion's came and was not taken: one is known "
                    "already. For a new subscription, end this, remove {}, and listen again with "
                    "--provider notion.",
                    token_file));
            }
        });
        options.body_bytes_max = receiver_->body_max();
        address_ = options.address;
        server_ = std::make_unique<server::Server>(scheduler_, *inlet_, std::move(options));
        return {};
    }

    Result<void> say_where() {
        const auto host = address_.contains(':') ? fmt::format("[{}]", address_) : address_;
        const auto origin = fmt::format("http://{}:{}", host, server_->port());
        if (globals_.json) {
            json::array urls;
            for (const auto& path : paths_) {
                urls.push_back(json::string(origin + path));
            }
            Told::print({{"type", "listening"}, {"urls", std::move(urls)}, {"waiting", waiting_}});
        } else if (!globals_.quiet) {
            for (const auto& path : paths_) {
                fmt::print("listening at {}{}\n", origin, path);
            }
            if (waiting_ > 0 || !forwarder_) {
                fmt::print("{} kept events wait to be forwarded{}\n", waiting_,
                           forwarder_ ? "" : " (--forward URL)");
            }
            fmt::print("Ctrl-C ends it.\n");
            std::fflush(stdout);
        }
        if (flags_.ready_file.empty()) {
            return {};
        }
        return write_file_atomically(flags_.ready_file,
                                     json::serialize(json::object{{"url", origin}}) + "\n");
    }

    // What has begun ends: requests first, so that nothing new comes, then what is forwarded.
    // Whoever takes longer is not waited for.
    runtime::Task<void> until_over() {
        runtime::TaskGroup group(scheduler_);
        if (forwarder_) {
            group.spawn(forward());
        }
        group.spawn(sweeper_->run());
        co_await scheduler_.wait(&over_, SteadyTime::max());
        co_await server_->stop(patience);
        sweeper_->stop();
        if (forwarder_) {
            forwarder_->stop();
            co_await scheduler_.wait(&at_once_, scheduler_.now() + patience);
        }
        group.cancel();
        co_await group.join();
    }
    runtime::Task<void> forward() {
        co_await forwarder_->run();
        at_once_.set();
    }

    const ListenFlags& flags_;
    const Globals& globals_;
    Told told_;
    runtime::RealScheduler scheduler_;
    runtime::Event over_;
    runtime::Event at_once_;
    SystemRng rng_;
    transport::AsioTransport way_{scheduler_, {}};
    std::vector<std::string> paths_;
    std::string address_;
    std::int64_t waiting_ = 0;
    std::string store_error_;
    std::unique_ptr<work::SqliteStore> store_;
    std::unique_ptr<work::StoreWriter> writer_;
    std::unique_ptr<Forwarder> forwarder_;
    std::unique_ptr<work::Sweeper> sweeper_;
    std::unique_ptr<work::WebhookReceiver> receiver_;
    std::unique_ptr<HookInlet> inlet_;
    std::unique_ptr<server::Server> server_;
};

}  // namespace

void add_hook_listen(CLI::App& group, const Globals& globals, Action& action) {
    auto* command = group.add_subcommand(
        "listen", "Take webhooks, keep them, and forward them to your program");
    const auto flags = std::make_shared<ListenFlags>();
    command->add_option("--listen", flags->listen, "Where; port 0 is a free one")
        ->type_name("ADDRESS:PORT")
        ->capture_default_str();
    add_store_flag(*command, flags->store);
    command
        ->add_option("--provider", flags->providers,
                     "SENDER=env:NAME (or @file, cmd:COMMAND), each sender that you expect; "
                     "default: those whose secret is in the environment")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("SENDER=SECRET");
    command
        ->add_option("--forward", flags->forward,
                     "Send each on, byte by byte; without a path to /webhooks/SENDER there. What "
                     "cannot be delivered is tried again")
        ->type_name("URL");
    command->add_flag("--sign-anew", flags->sign_anew,
                      "Sign what is forwarded with the same secret, now: what was signed long ago "
                      "is refused");
    command
        ->add_option("--ready-file", flags->ready_file, "Written once it listens: {\"url\": ...}")
        ->type_name("FILE");
    command->callback([&action, &globals, flags] {
        action = [&globals, flags] {
            Listening listening(*flags, globals);
            const auto code = listening.run();
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
