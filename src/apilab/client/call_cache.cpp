// The cache's place in a call: what is stored may be the answer, and the answer may be stored.

#include <utility>

#include "apilab/client/call_driver.hpp"
#include "apilab/client/internal/cache_layer.hpp"
#include "apilab/client/internal/call.hpp"
#include "apilab/client/internal/flight.hpp"

namespace apilab::client {

using http::CacheRecord;
using http::DecisionRecord;
using http::Response;
using internal::CacheLookup;
using runtime::Task;
using Mode = runtime::CacheChoice::Mode;
using Action = cache::Plan::Action;

namespace {

bool is_cacheable(const http::Request& request, const runtime::CallContext& context,
                  http::Effect effect) {
    return cache::may_use_cache(request) && effect == http::Effect::read && !context.upload &&
           !context.download;
}

DecisionRecord cached(CacheRecord::Use use, int after_attempt) {
    return {
        .after_attempt = after_attempt, .verdict = DecisionRecord::Verdict::cached, .cache = use};
}

}  // namespace

// Nothing: ask. No coroutine: a hit costs no frame.
std::optional<Response> CallDriver::look_up(Call& call, CacheLookup& lookup) {
    auto& layer = *cache_;
    const auto& choice = call.context.cache;
    const Mode mode = choice.mode.value_or(layer.options.mode);
    auto& record = call.record->cache.emplace();
    lookup.asked = cache::RequestDirectives::parse(call.request.headers());
    const bool gets = call.request.method() == "GET" || call.request.method() == "HEAD";
    if (mode == Mode::bypass || lookup.asked.no_store ||
        !is_cacheable(call.request, call.context, call.facts.effect)) {
        record.how = gets ? CacheRecord::How::bypass : CacheRecord::How::method;
        return std::nullopt;
    }
    lookup.keeps = true;
    lookup.key = layer.keys.key_of(call.request,
                                   choice.principal ? *choice.principal : layer.options.principal);
    if (mode == Mode::refresh) {
        record.how = CacheRecord::How::request;
        return std::nullopt;
    }
    const SystemTime now = layer.clock.system_now();
    auto found = layer.options.store->find(lookup.key, call.request, layer.keys, now);
    lookup.asked.no_cache = lookup.asked.no_cache || mode == Mode::revalidate;
    const auto plan = cache::plan(lookup.asked, found.stored.get(), found.variants, now);
    lookup.stored = std::move(found.stored);
    record.how = plan.how;
    record.use = plan.use;
    if (plan.action == Action::ask) {
        return std::nullopt;
    }
    if (plan.action == Action::gateway_timeout) {
        note(call, cached(plan.use, 0));
        Response response(504);
        response.reason("Nothing stored");
        return response;
    }
    if (plan.action == Action::use_and_revalidate) {
        revalidate_later(call, lookup);
    }
    return stored_answer(call, *lookup.stored, plan.use);
}

// What is stored, and why.
Response CallDriver::stored_answer(Call& call, const cache::StoredResponse& stored,
                                   CacheRecord::Use use) {
    const SystemTime now = cache_->clock.system_now();
    auto decision = cached(use, call.number);
    decision.status = stored.status;
    decision.wait = cache::time_left(stored, now);
    call.record->cache->use = use;
    call.record->cache->ttl = decision.wait;
    note(call, std::move(decision));
    return cache::to_response(stored, now, call.request.method() != "HEAD");
}

// One at a time for a key, and so many in all: more would not make the answers younger.
void CallDriver::revalidate_later(const Call& call, const CacheLookup& lookup) {
    auto& layer = *cache_;
    if (layer.revalidating.size() >= layer.options.background_max ||
        !layer.revalidating.emplace(lookup.key.url, lookup.key.principal).second) {
        return;
    }
    runtime::CallContext context;
    context.timeouts = call.context.timeouts;
    context.operation = call.context.operation;
    context.cache = call.context.cache;
    context.cache.mode = Mode::revalidate;
    layer.background.spawn(revalidate(call.request, std::move(context), lookup.key));
}

Task<void> CallDriver::revalidate(http::Request request, runtime::CallContext context,
                                  cache::CacheKey key) {
    (void)co_await call_within(std::move(request), std::move(context), options_.deadline);
    cache_->revalidating.erase({key.url, key.principal});
}

Task<Result<Response>> CallDriver::ask_and_keep(Call& call, CacheLookup lookup) {
    auto& layer = *cache_;
    if (!lookup.keeps) {
        auto result = co_await ask(call);
        invalidate(call, result);
        co_return result;
    }
    const internal::CacheLayer::Asking asking(layer, lookup.key.url);
    SystemTime requested = layer.clock.system_now();
    const bool conditional = lookup.stored && cache::add_validators(call.request, *lookup.stored);
    auto result = co_await ask(call);
    if (conditional && result && result->status() == 304) {
        if (!call.redirected && cache::confirms(*result, *lookup.stored)) {
            co_return revalidated(call, lookup, *result, requested, asking.overtaken());
        }
        // It speaks of something else than we have: the whole, please.
        call.request.headers().remove("if-none-match");
        call.request.headers().remove("if-modified-since");
        lookup.stored = nullptr;
        requested = layer.clock.system_now();
        result = co_await ask(call);
    }
    if (lookup.stored && cache::may_use_on_error(lookup.asked, *lookup.stored, result,
                                                 layer.clock.system_now(), layer.options.rules)) {
        co_return failed_over(call, *lookup.stored, result);
    }
    if (result && !call.redirected && !asking.overtaken()) {
        keep(call, lookup, *result, requested);
    }
    co_return result;
}

// How the asking went is known here, and what to do about it was decided.
Response CallDriver::failed_over(Call& call, const cache::StoredResponse& stored,
                                 const Result<Response>& failure) {
    auto response = stored_answer(call, stored, CacheRecord::Use::stale_if_error);
    auto& decision = call.record->decisions.back();
    if (failure) {
        decision.status = failure->status();
        call.record->cache->fwd_status = failure->status();
    } else {
        decision.status = 0;
        decision.error = failure.error().kind();
        decision.outcome = failure.error().outcome();
    }
    return response;
}

SystemTime CallDriver::asked_at(const Call& call, SystemTime requested, SystemTime answered) {
    // Waits before the attempt that was answered do not make the answer older.
    const auto& attempts = call.record->attempts;
    return attempts.empty() ? requested : answered - attempts.back().elapsed;
}

Response CallDriver::revalidated(Call& call, const CacheLookup& lookup,
                                 const Response& not_modified, SystemTime requested,
                                 bool overtaken) {
    auto& layer = *cache_;
    const SystemTime now = layer.clock.system_now();
    auto updated = cache::merged(*lookup.stored, call.request, not_modified,
                                 asked_at(call, requested, now), now, layer.options.rules);
    // It may depend on other headers from now on.
    updated.vary = layer.keys.vary_of(call.request, updated.headers);
    const auto merged = std::make_shared<const cache::StoredResponse>(std::move(updated));
    auto& record = *call.record->cache;
    record.fwd_status = 304;
    // A HEAD may update what a GET brought.
    const bool keeps =
        !overtaken && cache::may_store(http::Request::get(call.request.url()), {}, *merged);
    record.stored = keeps && layer.options.store->store(lookup.key, merged);
    return stored_answer(call, *merged, CacheRecord::Use::revalidated);
}

void CallDriver::keep(Call& call, const CacheLookup& lookup, Response& response,
                      SystemTime requested) {
    auto& layer = *cache_;
    auto& store = *layer.options.store;
    auto& record = *call.record->cache;
    const SystemTime now = layer.clock.system_now();
    if (call.request.method() == "HEAD") {
        if (lookup.stored &&
            cache::compare_head(response, *lookup.stored) == cache::HeadVerdict::changed) {
            store.invalidate(lookup.key.url);
        }
        return;
    }
    auto stored = cache::make_stored(call.request, response, asked_at(call, requested, now), now,
                                     layer.options.rules);
    stored.vary = layer.keys.vary_of(call.request, response.headers());
    if (!cache::may_store(call.request, lookup.asked, stored)) {
        return;
    }
    record.ttl = cache::time_left(stored, now);
    if (record.collapsed) {
        // Whoever asked has stored it, unless it left early.
        const auto known = store.find(lookup.key, call.request, layer.keys, now);
        if (known.stored && known.stored->answered >= requested) {
            return;
        }
    }
    stored.body = response.share_body();
    record.stored =
        store.store(lookup.key, std::make_shared<const cache::StoredResponse>(std::move(stored)));
}

void CallDriver::invalidate(Call& call, const Result<Response>& result) {
    auto& layer = *cache_;
    for (const auto& url : cache::invalidated_by(call.request, call.facts.effect, result)) {
        const auto text = layer.keys.url_of(url, call.request.hidden_parameters());
        layer.options.store->invalidate(text);
        for (auto* asking : layer.asking) {
            asking->invalidate(text);
        }
        // Nobody may join a question that was asked before.
        std::erase_if(flights_, [&](const auto& entry) {
            return layer.keys.url_of(entry.second->request.url(),
                                     entry.second->request.hidden_parameters()) == text;
        });
    }
}

Task<void> CallDriver::close() {
    if (cache_) {
        cache_->background.cancel();
        co_await cache_->background.join();
    }
}

}  // namespace apilab::client
