#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "apilab/base/secret.hpp"
#include "apilab/runtime/live.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox {

struct AdminOptions {
    /// A host by which it may be called besides this machine's own (`localhost`, 127.0.0.0/8,
    /// `[::1]`): where the sandbox was told to listen elsewhere. Default: none.
    std::string host;
};

/// The sandbox's own API, on a port of its own so that providers' paths stay clean. All below
/// `/_sandbox/`; `GET openapi.json` describes it to programs (the groups: `admin/`).
///
/// | request | answer |
/// | --- | --- |
/// | `GET health version metrics services scenarios checks` | what is there |
/// | `GET`/`PATCH settings` | `faults`, `limits`, `delay`, `auto_consent`, `journal` |
/// | `GET`/`POST`/`DELETE faults`, `GET`/`DELETE faults/{id}` | armed faults, `hits`, `completed` |
/// | `GET requests`, `requests/count`, `journal`, `events`; `POST requests/find` | rows as JSON,
/// their number, NDJSON (`follow=1`: as they come), server-sent events; filters |
/// | `GET near-misses` | requests that were no operation, with the nearest ones and why |
/// | `GET`/`POST verify`, `GET`/`POST runs`, `runs/{id}`, `runs/{id}/stop`,
/// `runs/{id}/report.{json,html,md,junit.xml,har}`, `reset` | verdicts and runs |
/// | `GET clock`, `POST clock/advance {"by"}`, `clock/freeze`, `clock/resume` | its time |
/// | `POST tokens/{id}/expire`, `tokens/{id}/revoke` | ends a token that was issued |
/// | `GET credentials numbers world`, `POST world handed-in/{name} kills` | for programs under test
/// in another process |
/// | `webhooks/...` | subscriptions, deliveries, redelivery, single events
/// (`admin/internal/routes.hpp`) |
///
/// Every answer that is not 2xx is a problem document (RFC 9457): 403 for a request of a page of
/// another origin or to a host that is not this machine's, 401 without the bearer token, 404 for an
/// unknown path or id, 405 with `allow`, 413 for a body beyond 1 MiB, 422 for wrong input, with
/// `pointer` (a JSON pointer into the body) or `parameter` (of the query) and a `detail` that says
/// what would be right.
class Admin final : public runtime::LiveService {
public:
    /// `sandbox` and `way` outlive it. `token` is not empty. `way` leads to the program under test
    /// (`POST world`); null: nowhere.
    Admin(Sandbox& sandbox, Secret token, transport::Transport* way = nullptr,
          AdminOptions options = {});
    ~Admin() override;

    /// Ends the world that plays, and lets go who follows the journal. To be awaited before it goes
    /// where `POST world` may have come.
    [[nodiscard]] runtime::Task<void> stop();

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    /// `GET journal?follow=1` and `GET events` go on; by `call` they are refused (501).
    [[nodiscard]] runtime::Task<Result<http::Response>> call_live(
        http::Request request, runtime::CallContext context,
        std::shared_ptr<runtime::LiveAnswer> live) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::sandbox
