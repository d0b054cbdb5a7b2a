#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "apilab/base/secret.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox {

/// The sandbox's own API, on a port of its own so that providers' paths stay clean.
///
/// | request | answer |
/// | --- | --- |
/// | `GET health`, `GET version` | status, run, speed of its clock; version |
/// | `GET services` | providers with their operations |
/// | `GET scenarios` | the built-in ones |
/// | `GET faults`, `POST faults`, `DELETE faults`, `GET`/`DELETE faults/{id}` | armed faults with
/// `hits` and `completed` |
/// | `GET requests`, `GET requests/count`, `GET journal` | rows (JSON), their number, rows
/// (NDJSON); filters: `provider operation method path status faulted after limit` | | `GET`/`POST
/// verify` | the verdict so far; `strict=true`, `deadline=10s` | | `GET checks` | the catalogue |
/// | `POST runs {"scenario", "seed"}`, `GET runs`, `POST runs/{id}/stop`,
/// `GET runs/{id}/report.{json,html,md,junit.xml}` | the run under way |
/// | `GET credentials`, `GET numbers` | of the run: environment variables of its seed, what was
/// counted |
/// | `POST world {"base"}`, `GET world` | visitors and webhooks of the scenario call the program
/// that listens there, on this machine; `state`: `idle`, `playing`, `over` | | `POST
/// handed-in/{name}`, `POST kills` | a text to be judged with the journal; the program was killed
/// just now | | `POST reset` | the run from its beginning | | `GET metrics` | numbers in the
/// Prometheus text format |
/// | `webhooks/...` | subscriptions, deliveries, redelivery, single events
/// (`internal/admin_webhooks.hpp`) |
///
/// All below `/_sandbox/`. Every answer that is not 2xx is a problem document (RFC 9457): 401
/// without the bearer token, 404 for an unknown path or id, 405 with `allow`, 422 for wrong input,
/// with `pointer` (a JSON pointer into the body) or `parameter` (of the query) and a `detail` that
/// says what would be right.
class Admin final : public runtime::Service {
public:
    /// `sandbox` and `way` outlive it. `token` is not empty. `way` leads to the program under test
    /// (`POST world`); null: nowhere.
    Admin(Sandbox& sandbox, Secret token, transport::Transport* way = nullptr);
    ~Admin() override;

    /// Ends the world that plays. To be awaited before it goes where `POST world` may have come.
    [[nodiscard]] runtime::Task<void> stop();

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::sandbox
