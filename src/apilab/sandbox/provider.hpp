#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/record.hpp"
#include "apilab/sandbox/fidelity.hpp"
#include "apilab/sandbox/page.hpp"
#include "apilab/sandbox/webhook/hub.hpp"

namespace apilab::sandbox {

/// One operation of an emulated provider.
struct Route {
    std::string method;
    /// Below the provider's prefix: `/repos/{owner}/{repo}/releases`. `{name}` takes one segment
    /// (percent escapes are undone in the value); `{name+}` as the last part takes the rest.
    std::string path_template;
    /// `list_releases`; unique within the provider, used by faults, journal and judge.
    std::string operation;
    /// What the real operation does: the judge decides by it what may be sent again.
    http::Effect effect = http::Effect::read;
};

/// A request that matched a route, as a provider sees it.
struct Incoming {
    const http::Request* request = nullptr;
    const Route* route = nullptr;
    /// Values of the template's places, decoded.
    std::map<std::string, std::string> path;
    /// The query's names and values in order, decoded.
    std::vector<std::pair<std::string, std::string>> query;
    SteadyTime now;
    SystemTime system_now;
    /// `http://127.0.0.1:4010/github`: what links in answers start with.
    std::string base_url;
    /// What a fault does to the credential that this request presents (`what.auth`): `expire`,
    /// `revoke`, `rotate`; mostly empty. Only where the provider says `keeps_tokens()`.
    std::string_view auth = {};
    /// Where `note` writes; null: nobody listens.
    std::map<std::string, std::string>* facts = nullptr;
    /// Who is told of what changes, and delivers it; null: nobody.
    webhook::Hub* hub = nullptr;

    /// The first value of a query parameter, or nothing.
    [[nodiscard]] std::optional<std::string_view> param(std::string_view name) const;
    /// Puts a fact about this exchange into its journal row, for the judge and for people: what was
    /// created, whose token it was. Never a secret. The fact `effect` = `none` says that a change
    /// was asked for and not applied: rightly not again (a repeated idempotency key), or refused
    /// with a 200. Facts that more than one provider uses and the judge reads: `makes`, the natural
    /// key of what is created; `acks`, the key of what is ticked off as done; `ok` = `false`, a
    /// refusal inside a 200, whose code is `error`.
    void note(std::string_view name, std::string value) const;
};

/// How full a limit is, for the headers and bodies that tell of it.
struct LimitView {
    /// What is limited, in the provider's word: `core`, `search`, a method, a workspace.
    std::string resource;
    std::int64_t limit = 0;
    /// Never below 0.
    std::int64_t remaining = 0;
    /// Until there is room again (a bucket), or until the window begins anew.
    Duration reset_after{};
    /// The window, or how long an empty bucket takes to be full.
    Duration window{};
};

/// What a provider was told to refuse with.
struct Refusal {
    /// The status; 0 with `limit`: the provider's own for that limit.
    int status = 0;
    /// `primary`, `secondary`, `method`, `quota`, or empty for no rate limit.
    std::string limit;
    /// The text of the `Retry-After` header, or empty for the provider's habit (often none).
    std::string retry_after;
    /// The limit that is used up, where one was counted.
    std::optional<LimitView> view = std::nullopt;
};

/// An emulated API: paths, bodies and errors as the real one has them. Knows nothing of faults,
/// sockets or judging. Not thread-safe; lives on the sandbox's scheduler.
class Provider {
public:
    Provider() = default;
    Provider(const Provider&) = delete;
    Provider& operator=(const Provider&) = delete;
    virtual ~Provider() = default;

    /// The path prefix without slash, and the name in faults: `github`.
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual std::span<const Route> routes() const = 0;
    /// First segments under which it is served without its prefix as well, for clients that take
    /// nothing but an origin: `/gmail/...` beside `/google/gmail/...`. Default: none.
    [[nodiscard]] virtual std::vector<std::string> root_segments() const { return {}; }
    /// Answers a request for one of `routes()`, and applies its effect.
    [[nodiscard]] virtual http::Response answer(const Incoming& incoming) = 0;
    /// Notes what the request alone tells, with `Incoming::note`: what it would make, what it would
    /// tick off. Called for every request of an operation, also where a fault answers in place of
    /// `answer`. Default: nothing.
    virtual void describe(const Incoming& /*incoming*/) const {}
    /// How the lists of an operation are cut into pages, or null where it has none. Read for facts
    /// (`list`, `page_next`, ...) and for faults on pages. Default: none.
    [[nodiscard]] virtual const PageShape* pages_of(std::string_view /*operation*/) const {
        return nullptr;
    }
    /// What it says to a token that is too old; nothing where tokens last. Default: nothing.
    [[nodiscard]] virtual std::optional<http::Response> expired_page(
        const Incoming& /*incoming*/) const {
        return std::nullopt;
    }
    /// How big the world is that `reset` puts back, for those lists whose length can be set; 0: as
    /// it is built in. Default: nothing can be set.
    virtual void set_items(std::size_t /*items*/) {}
    /// What the real provider says to a path it does not know.
    [[nodiscard]] virtual http::Response unknown_path(const http::Request& request) const = 0;
    /// The provider's own headers and body for an error that a fault asked for.
    [[nodiscard]] virtual http::Response refuse(const Refusal& refusal, SystemTime now) const = 0;
    /// It issues tokens and can end one: it honours `Incoming::auth`. Elsewhere a fault `expire` or
    /// `revoke` is a single 401. Default: no.
    [[nodiscard]] virtual bool keeps_tokens() const { return false; }
    /// Ends a token that it issued: `token` is the token itself or what rows call it (fact
    /// `token`), `how` is `expire` or `revoke`. False where there is none such. Default: none is
    /// issued.
    virtual bool end_token(std::string_view /*token*/, std::string_view /*how*/) { return false; }
    /// At an authorisation server: the user consents without being asked. Nothing: there is no such
    /// thing here. Default: nothing.
    [[nodiscard]] virtual std::optional<bool> auto_consent() const { return std::nullopt; }
    virtual void set_auto_consent(bool /*consents*/) {}
    /// Whose limits a request counts for: `<credential's fingerprint>/<resource>`; what shares a
    /// text shares a limit. Default: one for all.
    [[nodiscard]] virtual std::string limit_bucket(const Incoming& /*incoming*/) const {
        return {};
    }
    /// What a request costs in the provider's units. Default 1.
    [[nodiscard]] virtual std::int64_t limit_cost(const Incoming& /*incoming*/) const { return 1; }
    /// Writes how full the limit is as the provider does it. Default: it does not say.
    virtual void show_limit(const LimitView& /*view*/, http::Response& /*answer*/,
                            SystemTime /*now*/) const {}
    /// What is as the real one has it and what is not. Default: an empty card.
    [[nodiscard]] virtual FidelityCard fidelity() const { return {}; }
    /// Puts the seed world back.
    virtual void reset() = 0;
    /// What came of a run, counted where it cannot be argued with: `orders`, `orders doubled`.
    /// Default: nothing.
    [[nodiscard]] virtual std::map<std::string, std::int64_t> numbers() const { return {}; }
};

}  // namespace apilab::sandbox
