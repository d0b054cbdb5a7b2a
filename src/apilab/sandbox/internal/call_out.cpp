#include "apilab/sandbox/internal/call_out.hpp"

#include <algorithm>

namespace apilab::sandbox::internal {

using runtime::Task;

namespace {

constexpr std::size_t answer_max = 16 * 1024;
constexpr Duration drip_time = std::chrono::seconds(2);
constexpr std::size_t drips = 20;

class Dripping final : public runtime::BodySource {
public:
    Dripping(runtime::Scheduler& scheduler, std::string bytes)
        : scheduler_(scheduler), bytes_(std::move(bytes)) {}
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return bytes_.size(); }
    [[nodiscard]] bool replayable() const override { return true; }
    [[nodiscard]] Task<Result<void>> start() override {
        at_ = 0;
        co_return Result<void>{};
    }
    [[nodiscard]] Task<Result<std::string>> read(std::size_t max) override {
        if (at_ > 0) {
            if (auto slept = co_await scheduler_.sleep_for(drip_time / drips); !slept) {
                co_return fail(std::move(slept).error());
            }
        }
        const std::size_t piece = std::min(max, bytes_.size() / drips + 1);
        const auto from = std::min(at_, bytes_.size());
        at_ += piece;
        co_return bytes_.substr(from, piece);
    }

private:
    runtime::Scheduler& scheduler_;
    std::string bytes_;
    std::size_t at_ = 0;
};

}  // namespace

Task<Result<http::Response>> call_out(runtime::Scheduler& scheduler,
                                      std::shared_ptr<Journal> journal, transport::Transport& way,
                                      http::Request request, Duration patience, Outbound outbound,
                                      std::shared_ptr<runtime::BodySource> upload) {
    outbound.method = request.method();
    outbound.path = request.url().path();
    outbound.sent = scheduler.now();
    const auto seq = journal->add_outbound(std::move(outbound));
    runtime::CallContext context;
    context.timeouts = {.first_byte = patience, .idle = patience, .attempt = patience};
    if (upload) {
        context.timeouts.attempt += drip_time;
        context.upload = std::move(upload);
    }
    auto answer = co_await way.call(std::move(request), std::move(context));
    if (Outbound* row = journal->find_outbound(seq)) {
        row->finished = scheduler.now();
        row->status = answer ? answer->status() : 0;
        row->error = answer ? "" : answer.error().message();
        row->body = answer ? answer->body().substr(0, answer_max) : "";
        journal->tell_watchers();
    }
    co_return answer;
}

std::shared_ptr<runtime::BodySource> dripping(runtime::Scheduler& scheduler, std::string bytes) {
    return std::make_shared<Dripping>(scheduler, std::move(bytes));
}

}  // namespace apilab::sandbox::internal
