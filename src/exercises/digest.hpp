#pragma once

// The page about a package as a service, for the programs of day 9: its four paths and how a source
// is asked for a visitor, so that the programs can be about what to do when a source is away.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/observe/metrics_observer.hpp"
#include "exercise.hpp"

namespace exercise {

/// What a page says about one source.
struct Part {
    /// `live`, `cached`, `stale` or `missing`; empty: without this part there is no page.
    std::string state;
    std::string value = {};
    /// How old the value is, where it was not fetched for this page.
    std::optional<Duration> age = {};
};

/// The service around the page; a program says what a part shows and what health is.
///
/// - `/digest/{package}`: a part from each of npm, OSV and GitHub, all at once; 502 where one of
///   them is empty
/// - `/healthz`: 200 while `healthy()`, else 503
/// - `/readyz`: 200 until `drain()`, then 503
/// - `/metrics`: what `fetch` counted
class DigestService : public apilab::runtime::Service {
public:
    /// `lab` outlives the service. `cache` is for `client()`.
    explicit DigestService(Lab& lab, std::optional<apilab::client::CacheOptions> cache = {});

    [[nodiscard]] Task<Result<Response>> call(Request request,
                                              apilab::runtime::CallContext context) final;
    /// Before a stop: is not ready any more, and over once the last visitor inside is served and
    /// the client has ended what it does in the background. Hands the metrics in to the judge.
    [[nodiscard]] Task<void> drain();

protected:
    [[nodiscard]] virtual Task<Part> part(std::string source, Request visit) = 0;
    [[nodiscard]] virtual bool healthy() { return true; }

    [[nodiscard]] Lab& lab() { return lab_; }
    /// The library's, with the cache that was given; its calls are counted as those of `fetch`.
    [[nodiscard]] apilab::client::Client& client() { return *client_; }
    /// What asks `source` for the visitor's package, under the visit's `x-request-id`.
    [[nodiscard]] Request request_for(const Request& visit, std::string_view source) const;
    /// Sends such a request once and counts it; gives up after `patience`.
    [[nodiscard]] Task<Result<Response>> fetch(std::string source, Request request,
                                               Duration patience);

private:
    [[nodiscard]] Task<void> fill(std::map<std::string, Part>& parts, std::string source,
                                  Request visit);

    Lab& lab_;
    apilab::observe::MetricsObserver metrics_;
    std::unique_ptr<apilab::client::Client> client_;
    int inside_ = 0;
    bool draining_ = false;
};

/// How the library's client is to ask a source: within that time, and counted under its template.
[[nodiscard]] apilab::client::CallOptions within(std::string_view source, Duration patience);
/// A cache that falls back on what it has for ten minutes where a source is away.
[[nodiscard]] apilab::client::CacheOptions falling_back();
/// What a page says of an answer that came through such a cache: `live` where the source was asked
/// and had its say, else `cached` or `stale` with the age; `missing` where there is none.
[[nodiscard]] Part part_of(std::string_view source, const Result<Response>& answer);

/// Opens the service to the world until that is over, then drains it.
template <class Digest>
[[nodiscard]] Task<void> serve_digest(Lab& lab) {
    Digest digest(lab);
    co_await lab.meet_the_world(digest);
    co_await digest.drain();
}

}  // namespace exercise
