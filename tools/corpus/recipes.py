"""How a repository's own scripts build their models where the arguments come from a command line: (files, how it is
built, what it is called with, why)."""

_SERIES = dict(
    task_name='long_term_forecast', is_training=1, model_id='test', features='M', freq='h', seq_len=96, label_len=48,
    pred_len=96, seasonal_patterns='Monthly', mask_rate=0.25, anomaly_ratio=0.25, expand=2, d_conv=4, top_k=5,
    num_kernels=6, enc_in=7, dec_in=7, c_out=7, d_model=64, n_heads=8, e_layers=2, d_layers=1, d_ff=128, moving_avg=25,
    factor=1, distil=True, dropout=0.1, embed='timeF', activation='gelu', channel_independence=1,
    decomp_method='moving_avg', use_norm=1, down_sampling_layers=0, down_sampling_window=1, down_sampling_method=None,
    seg_len=96, batch_size=2, p_hidden_dims=[128, 128], p_hidden_layers=2, use_dtw=False, patch_len=16, num_class=3,
    use_gpu=False, gpu=0, node_dim=10, gcn_depth=2, gcn_dropout=0.3, propalpha=0.3, conv_channel=32, skip_channel=32,
    individual=False, alpha=0.1, top_p=0.5, pos=1, output_attention=False, tfactor=5, dfactor=5, multi_res=0,
)
_ARGUMENTS = ', '.join(f'{key}={value!r}' for key, value in _SERIES.items())

RECIPES = {
    # The defaults of run.py's argument parser, with narrower layers.
    'thuml__Time-Series-Library': [
        (
            'models/*.py',
            f"Model(__import__('argparse').Namespace({_ARGUMENTS}))",
            '(torch.randn(2, 96, 7), torch.randn(2, 96, 4), torch.randn(2, 144, 7), torch.randn(2, 144, 4))',
            'recipe',
        ),
    ],
}
