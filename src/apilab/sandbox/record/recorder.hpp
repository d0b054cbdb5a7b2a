#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>

#include "apilab/http/url.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/sandbox/record/recording.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::sandbox {

/// A way to one upstream and no other, which keeps what passes through it as a `Recording`.
///
/// A request for `/a?b` here is sent to `<upstream>/a?b` as it is (credentials, too: they are the
/// user's own), once, and redirects are not followed. Links of the upstream's own in answers lead
/// back through the recorder, others stay. Kept are method, path, query, status, header fields and
/// body, but no credentials: no `authorization`, cookies, keys or tokens in header fields; members
/// of JSON bodies and parameters whose names say that they are secrets are `***`; so is, wherever
/// it stands, what this session's requests bore as credentials, and what `Scrubber::of_process()`
/// knows. Beyond the limits of a `Recording` and bodies of more than 4 MiB, answers pass and are
/// not kept.
///
/// `way` outlives it. Belongs to the scheduler's thread.
class Recorder final : public runtime::Service {
public:
    static constexpr std::size_t body_max = std::size_t{4} << 20U;

    Recorder(transport::Transport& way, http::Url upstream, std::string name = "recorded");

    /// 502 with a problem document where the upstream cannot be reached.
    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    [[nodiscard]] const Recording& recording() const { return recording_; }
    /// Answers that passed and were not kept.
    [[nodiscard]] std::size_t left_out() const { return left_out_; }

private:
    void learn_secrets(const http::Request& request);
    void keep(const http::Request& request, const http::Response& response);
    [[nodiscard]] std::string scrubbed(std::string text) const;
    [[nodiscard]] std::string base() const;

    transport::Transport& way_;
    http::Url upstream_;
    Recording recording_;
    std::set<std::string, std::greater<>> secrets_;
    std::size_t bytes_ = 0;
    std::size_t left_out_ = 0;
};

}  // namespace apilab::sandbox
