#include "apilab/data/page_source.hpp"

#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task_group.hpp"

namespace apilab::data {

using runtime::Task;

// A page that is asked for ahead. Shared with the task that asks.
struct PageSource::Slot {
    PagePosition position;
    http::Request request;
    std::optional<Result<http::Response>> reply;
    runtime::Event done;
};

PageSource::PageSource(runtime::Service& service, PageWalk walk)
    : service_(service), walk_(std::move(walk)) {
    if (walk_.options().prefetch > 0) {
        group_ = runtime::TaskGroup::abandonable(*walk_.options().scheduler);
    }
}

Result<std::unique_ptr<PageSource>> PageSource::create(runtime::Service& service,
                                                       http::Request first, PageRules rules,
                                                       PageOptions options) {
    if (options.prefetch > 0 && options.scheduler == nullptr) {
        return fail(ErrorKind::invalid_argument,
                    "pages: prefetch needs the scheduler (PageOptions::scheduler)");
    }
    APILAB_TRY(auto walk, PageWalk::create(std::move(first), std::move(rules), std::move(options)));
    return std::unique_ptr<PageSource>(new PageSource(service, std::move(walk)));
}

PageSource::~PageSource() {
    if (group_) {
        runtime::TaskGroup::abandon(group_);
    }
}

runtime::CallContext PageSource::context() const {
    const auto& options = walk_.options();
    runtime::CallContext context;
    context.operation = options.operation;
    context.deadline = options.deadline;
    context.trace = options.trace;
    if (!context.operation.effect) {
        context.operation.effect = http::Effect::read;
    }
    return context;
}

Task<std::optional<Result<http::Json>>> PageSource::next() {
    while (true) {
        auto item = walk_.next();
        if ((item && !*item) || (!item && walk_.over())) {
            co_await close();
            co_return item;
        }
        if (item) {
            co_return item;
        }
        if (group_) {
            co_await ask_ahead();
        } else {
            co_await ask();
        }
    }
}

Task<void> PageSource::ask() {
    auto request = walk_.request(*walk_.wanted());
    if (!request) {
        walk_.end_with(std::move(request).error());
        co_return;
    }
    walk_.count_request();
    const auto reply = co_await service_.call(*request, context());
    walk_.answer(*request, reply);
}

bool PageSource::start(const PagePosition& position) {
    auto request = walk_.request(position);
    if (!request) {
        return false;
    }
    walk_.count_request();
    slots_.push_back(std::make_shared<Slot>(position, *std::move(request)));
    group_->spawn(fetch(service_, slots_.back(), context()));
    return true;
}

Task<void> PageSource::fetch(runtime::Service& service, std::shared_ptr<Slot> slot,
                             runtime::CallContext context) {
    slot->reply.emplace(co_await service.call(slot->request, std::move(context)));
    slot->done.set();
}

Task<void> PageSource::ask_ahead() {
    const PagePosition position = *walk_.wanted();
    if (slots_.empty() && !start(position)) {
        walk_.end_with(walk_.request(position).error());
        co_return;
    }
    const auto slot = slots_.front();
    auto& scheduler = *walk_.options().scheduler;
    auto woken = runtime::Scheduler::Woken::cancelled;
    if (!co_await runtime::cancelled()) {
        woken = co_await scheduler.wait(&slot->done, SteadyTime::max());
    }
    if (woken == runtime::Scheduler::Woken::cancelled) {
        walk_.end_with(Error(ErrorKind::cancelled, "cancelled while waiting for a page"));
        co_return;
    }
    slots_.pop_front();
    walk_.answer(slot->request, *slot->reply);
    co_await fill();
}

// After each answer: what was foreseen differently than it says is dropped, so the page that is
// wanted next is always the first slot.
Task<void> PageSource::fill() {
    const auto positions = walk_.ahead(walk_.options().prefetch);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (i >= positions.size() || slots_[i]->position != positions[i]) {
            co_await close();
            break;
        }
    }
    for (auto i = slots_.size(); i < positions.size(); ++i) {
        if (!start(positions[i])) {
            co_return;
        }
    }
}

Task<void> PageSource::close() {
    slots_.clear();
    if (group_ && group_->running() > 0) {
        group_->cancel();
        co_await group_->join();
    }
}

}  // namespace apilab::data
