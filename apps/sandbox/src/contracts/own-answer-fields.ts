/** The fields that each of Stripe's objects always has (API 2026-10-28.endive). A test keeps it equal to the contract. */
export const STRIPE_ANSWER_FIELDS: Record<string, string> = {
  account: 'id object charges_enabled details_submitted email payouts_enabled type',
  account_link: 'object created expires_at url',
  application_fee:
    'id object account amount amount_refunded application balance_transaction charge created ' +
    'currency fee_source livemode originating_transaction refunded refunds',
  balance: 'object available livemode pending',
  balance_transaction:
    'id object amount available_on balance_type created currency description exchange_rate fee ' +
    'fee_details net reporting_category source status type',
  charge:
    'id object amount amount_captured amount_refunded application application_fee ' +
    'application_fee_amount balance_transaction billing_details calculated_statement_descriptor ' +
    'captured created currency customer description disputed failure_balance_transaction ' +
    'failure_code failure_message fraud_details livemode metadata on_behalf_of outcome paid ' +
    'payment_intent payment_method payment_method_details receipt_email receipt_number ' +
    'receipt_url refunded review shipping source source_transfer statement_descriptor ' +
    'statement_descriptor_suffix status transfer_data transfer_group',
  customer:
    'id object balance created default_source description email invoice_settings livemode ' +
    'metadata shipping',
  event: 'id object type data created livemode pending_webhooks api_version request',
  fee_refund: 'id object amount balance_transaction created currency fee metadata',
  payment_intent:
    'id object allowed_payment_method_types amount amount_capturable amount_received application ' +
    'application_fee_amount automatic_payment_methods canceled_at cancellation_reason ' +
    'capture_method client_secret confirmation_method created currency customer customer_account ' +
    'description excluded_payment_method_types last_payment_error latest_charge livemode ' +
    'managed_payments metadata next_action on_behalf_of payment_method ' +
    'payment_method_configuration_details payment_method_options payment_method_types ' +
    'payment_record processing receipt_email review setup_future_usage shipping source ' +
    'statement_descriptor statement_descriptor_suffix status transfer_group',
  payment_method: 'id object billing_details created customer customer_account livemode metadata type',
  refund:
    'id object amount balance_transaction charge created currency customer customer_account ' +
    'metadata payment_intent payment_method reason receipt_number source_transfer_reversal status ' +
    'transfer_reversal',
  transfer:
    'id object amount amount_reversed balance_transaction created currency description ' +
    'destination livemode metadata reversals reversed source_transaction transfer_group',
  transfer_reversal:
    'id object amount balance_transaction created currency destination_payment_refund metadata ' +
    'source_refund transfer',
};
