import { publicId } from '@app/common';
import { POLICY_PRESETS, policyText, type PolicyRecord, type PolicyRules } from '@app/offerings';
import type { PolicyPresetView, PolicyRulesView, PolicyView } from './policy.dto';

export function policyView(policy: PolicyRecord): PolicyView {
  return {
    id: publicId('policy', policy.id),
    coachId: publicId('coach', policy.coachId),
    firstVersionId: publicId('policy', policy.lineId),
    version: policy.lineVersion,
    name: policy.name,
    text: policyText(policy.rules),
    rules: rulesView(policy.rules),
    createdAt: policy.createdAt.toISOString(),
  };
}

export function presetViews(): PolicyPresetView[] {
  return POLICY_PRESETS.map(({ key, name, rules }) => ({
    key,
    name,
    text: policyText(rules),
    rules: rulesView(rules),
  }));
}

export function rulesView(rules: PolicyRules): PolicyRulesView {
  return { ...rules, tiers: [...rules.tiers] };
}
