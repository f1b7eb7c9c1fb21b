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


def _namespace(**values):
    return f"__import__('argparse').Namespace({', '.join(f'{key}={value!r}' for key, value in values.items())})"


def _recipes(*lines):
    """(file, how it is built, what it is called with)."""
    return [(*line, 'recipe') for line in lines]


_IMAGE = 'torch.randn(2, 3, 64, 64)'
_SCORE = _namespace(model=None, data=None)
_WINDOW = '(torch.randn(2, 96, 7), torch.randn(2, 96, 4), torch.randn(2, 144, 7), torch.randn(2, 144, 4))'
_PATCHES = _namespace(
    enc_in=7, seq_len=96, pred_len=96, e_layers=2, n_heads=4, d_model=32, d_ff=64, dropout=0.2, fc_dropout=0.2, head_dropout=0.0,
    individual=0, patch_len=16, stride=8, padding_patch='end', revin=1, affine=0, subtract_last=0, decomposition=0, kernel_size=25,
)
_FORMER = _namespace(
    seq_len=96, label_len=48, pred_len=96, output_attention=False, moving_avg=[24], enc_in=7, dec_in=7, d_model=32, embed='timeF',
    freq='h', dropout=0.05, factor=3, n_heads=4, d_ff=64, e_layers=2, d_layers=1, c_out=7, activation='gelu', version='Fourier',
    mode_select='random', modes=16, L=3, base='legendre', cross_activation='tanh', distil=True, embed_type=0, individual=False,
)

RECIPES |= {
    'Diego999__pyGAT': _recipes(
        ('models.py', 'GAT(nfeat=48, nhid=8, nclass=7, dropout=0.6, alpha=0.2, nheads=8)', '(torch.randn(20, 48), torch.ones(20, 20))'),
        ('layers.py', 'GraphAttentionLayer(48, 8, dropout=0.6, alpha=0.2)', '(torch.randn(20, 48), torch.ones(20, 20))'),
    ),
    'SeanNaren__deepspeech.pytorch': _recipes(
        ('deepspeech_pytorch/model.py', 'BatchRNN(64, 32)', '(torch.randn(30, 2, 64), torch.tensor([30, 25]))'),
        ('deepspeech_pytorch/model.py', 'Lookahead(32, context=20)', 'torch.randn(30, 2, 32)'),
    ),
    'openai__guided-diffusion': _recipes(
        ('guided_diffusion/unet.py', 'UNetModel(64, 3, 32, 6, 1, (4, 8), channel_mult=(1, 2, 3), num_heads=2)',
         '(torch.randn(2, 3, 64, 64), torch.tensor([3, 7]))'),
        ('guided_diffusion/unet.py',
         'EncoderUNetModel(64, 3, 32, 10, 1, (8,), channel_mult=(1, 2, 4), use_scale_shift_norm=True, resblock_updown=True)',
         '(torch.randn(2, 3, 64, 64), torch.tensor([3, 7]))'),
        ('guided_diffusion/unet.py', 'AttentionBlock(64, num_head_channels=32, use_new_attention_order=True)', 'torch.randn(2, 64, 8, 8)'),
        ('guided_diffusion/script_util.py', 'create_model(64, 32, 1, learn_sigma=True, class_cond=True, num_heads=2)',
         '(torch.randn(2, 3, 64, 64), torch.tensor([3, 7]), torch.tensor([1, 2]))'),
    ),
    'ermongroup__ncsn': _recipes(
        ('models/pix2pix.py', 'UnetGenerator(3, 3, 6, ngf=16)', _IMAGE),
        ('models/pix2pix.py', 'NLayerDiscriminator(3)', _IMAGE),
        ('models/cond_refinenet_dilated.py', 'ConditionalInstanceNorm2dPlus(16, 10)', '(torch.randn(2, 16, 8, 8), torch.tensor([1, 2]))'),
        ('models/cond_refinenet_dilated.py', 'ConditionalResidualBlock(16, 32, 10, resample="down", normalization=ConditionalInstanceNorm2dPlus)',
         '(torch.randn(2, 16, 8, 8), torch.tensor([1, 2]))'),
        ('models/refinenet_dilated_baseline.py', 'ConvMeanPool(16, 32)', 'torch.randn(2, 16, 8, 8)'),
        ('models/refinenet_dilated_baseline.py', 'ResidualBlock(16, 32, resample="down", normalization=InstanceNorm2dPlus)',
         'torch.randn(2, 16, 8, 8)'),
    ),
    'facebookresearch__detr': _recipes(
        ('models/transformer.py', 'Transformer(d_model=64, nhead=4, num_encoder_layers=2, num_decoder_layers=2, dim_feedforward=128, '
         'return_intermediate_dec=True)',
         '(torch.randn(2, 64, 7, 9), torch.zeros(2, 7, 9, dtype=torch.bool), torch.randn(10, 64), torch.randn(2, 64, 7, 9))'),
        ('models/backbone.py', 'FrozenBatchNorm2d(16)', 'torch.randn(2, 16, 8, 8)'),
        ('models/detr.py', 'MLP(64, 64, 4, 3)', 'torch.randn(2, 10, 64)'),
        ('models/segmentation.py', 'MHAttentionMap(64, 64, 4)', '(torch.randn(2, 10, 64), torch.randn(2, 64, 7, 9))'),
    ),
    'ikostrikov__pytorch-a2c-ppo-acktr-gail': _recipes(
        ('a2c_ppo_acktr/model.py', 'CNNBase(4)', '(torch.randn(2, 4, 84, 84), torch.zeros(2, 1), torch.ones(2, 1))'),
        ('a2c_ppo_acktr/model.py', 'CNNBase(4, recurrent=True)', '(torch.randn(2, 4, 84, 84), torch.zeros(2, 512), torch.ones(2, 1))'),
        ('a2c_ppo_acktr/model.py', 'MLPBase(11, recurrent=True)', '(torch.randn(2, 11), torch.zeros(2, 64), torch.ones(2, 1))'),
    ),
    'jik876__hifi-gan': _recipes(
        ('models.py', f"Generator({_namespace(resblock='1', resblock_kernel_sizes=[3, 7], upsample_rates=[8, 8, 2], upsample_initial_channel=64, upsample_kernel_sizes=[16, 16, 4], resblock_dilation_sizes=[[1, 3, 5], [1, 3, 5]])})",
         'torch.randn(2, 80, 16)'),
        ('models.py', 'MultiPeriodDiscriminator()', '(torch.randn(2, 1, 2048), torch.randn(2, 1, 2048))'),
        ('models.py', 'MultiScaleDiscriminator()', '(torch.randn(2, 1, 2048), torch.randn(2, 1, 2048))'),
    ),
    'lucidrains__performer-pytorch': _recipes(
        ('performer_pytorch/performer_pytorch.py', 'Performer(dim=64, depth=2, heads=4, dim_head=16)', 'torch.randn(2, 128, 64)'),
        ('performer_pytorch/performer_pytorch.py', 'FastAttention(16, nb_features=32)',
         '(torch.randn(2, 4, 128, 16), torch.randn(2, 4, 128, 16), torch.randn(2, 4, 128, 16))'),
        ('performer_pytorch/performer_pytorch.py', 'FeedForward(64, glu=True)', 'torch.randn(2, 128, 64)'),
    ),
    'lucidrains__reformer-pytorch': _recipes(
        ('reformer_pytorch/reformer_pytorch.py', 'LSHAttention(bucket_size=16, n_hashes=4)', '(torch.randn(2, 128, 32), torch.randn(2, 128, 32))'),
        ('reformer_pytorch/reformer_pytorch.py', 'FullQKAttention()', '(torch.randn(2, 128, 32), torch.randn(2, 128, 32))'),
        ('reformer_pytorch/reformer_pytorch.py', 'FeedForward(64, mult=4, glu=True)', 'torch.randn(2, 128, 64)'),
    ),
    'lucidrains__stylegan2-pytorch': _recipes(
        ('stylegan2_pytorch/stylegan2_pytorch.py', 'StyleVectorizer(64, 4)', 'torch.randn(2, 64)'),
        ('stylegan2_pytorch/stylegan2_pytorch.py', 'Discriminator(64, network_capacity=4)', _IMAGE),
        ('stylegan2_pytorch/stylegan2_pytorch.py', 'Conv2DMod(16, 32, 3)', '(torch.randn(2, 16, 8, 8), torch.randn(2, 16))'),
    ),
    'sahagobinda__GPM': _recipes(
        ('main_cifar100.py', 'AlexNet([(i, 10) for i in range(10)])', 'torch.randn(2, 3, 32, 32)'),
    ),
    'ultralytics__yolov5': _recipes(
        ('models/common.py', 'C3(64, 128, n=2)', 'torch.randn(2, 64, 16, 16)'),
        ('models/common.py', 'BottleneckCSP(64, 128, n=2)', 'torch.randn(2, 64, 16, 16)'),
        ('models/common.py', 'SPPF(64, 64)', 'torch.randn(2, 64, 16, 16)'),
        ('models/common.py', 'GhostBottleneck(64, 64)', 'torch.randn(2, 64, 16, 16)'),
        ('models/common.py', 'TransformerBlock(64, 64, 4, 2)', 'torch.randn(2, 64, 8, 8)'),
        ('models/common.py', 'Focus(3, 32)', _IMAGE),
    ),
    'vwxyzjn__cleanrl': _recipes(
        ('cleanrl/ppo_trxl/ppo_trxl.py', 'MultiHeadAttention(32, 4)',
         '(torch.randn(2, 5, 32), torch.randn(2, 5, 32), torch.randn(2, 1, 32), torch.ones(2, 5, dtype=torch.bool))'),
        ('cleanrl/rainbow_atari.py', 'NoisyLinear(32, 16)', 'torch.randn(2, 32)'),
        ('cleanrl/ppo_procgen.py', 'ConvSequence((3, 64, 64), 16)', _IMAGE),
        ('cleanrl/ppo_rnd_envpool.py', 'RNDModel(4, 6)', 'torch.randn(2, 1, 84, 84)'),
    ),
    'yjh0410__yolov2-yolov3_PyTorch': _recipes(
        ('backbone/resnet.py', 'resnet18()', _IMAGE),
        ('models/yolov3.py', "YOLOv3('cpu', 64, 20, True, anchor_size=[[12, 15], [20, 35], [60, 30]] * 3)", _IMAGE),
        ('utils/modules.py', 'reorg_layer(2)', _IMAGE),
    ),
    'yuqinie98__PatchTST': _recipes(
        ('PatchTST_supervised/models/PatchTST.py', f'Model({_PATCHES})', 'torch.randn(2, 96, 7)'),
        ('PatchTST_supervised/models/DLinear.py', f'Model({_PATCHES})', 'torch.randn(2, 96, 7)'),
        ('PatchTST_supervised/models/NLinear.py', f'Model({_PATCHES})', 'torch.randn(2, 96, 7)'),
        ('PatchTST_supervised/models/Informer.py', f'Model({_FORMER})', _WINDOW),
        ('PatchTST_supervised/models/Autoformer.py', f'Model({_FORMER})', _WINDOW),
        ('PatchTST_supervised/Formers/FEDformer/models/FEDformer.py', f'Model({_FORMER})', _WINDOW),
        ('PatchTST_self_supervised/src/models/layers/revin.py', 'RevIN(7)', '(torch.randn(2, 96, 7), "norm")'),
    ),
    'yz93__LAVT-RIS': _recipes(
        ('lib/backbone.py', 'PWAM(32, 32, 48, 32, 32, num_heads=4)', '(torch.randn(2, 64, 32), torch.randn(2, 48, 10), torch.ones(2, 10, 1))'),
        ('lib/mask_predictor.py', 'SimpleDecoding(64)',
         '(torch.randn(2, 64, 4, 4), torch.randn(2, 32, 8, 8), torch.randn(2, 16, 16, 16), torch.randn(2, 8, 32, 32))'),
        ('bert/modeling_bert.py', f"BertModel({_namespace(vocab_size=100, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, hidden_act='gelu', hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1, max_position_embeddings=64, type_vocab_size=2, initializer_range=0.02, layer_norm_eps=1e-12, is_decoder=False, output_attentions=False, output_hidden_states=False, pad_token_id=0, gradient_checkpointing=False, chunk_size_feed_forward=0)})",
         'torch.randint(100, (2, 12))'),
    ),
    'zhouhaoyi__Informer2020': _recipes(
        ('models/model.py', 'Informer(7, 7, 7, 96, 48, 24, d_model=32, n_heads=4, d_ff=64, device=torch.device("cpu"))',
         '(torch.randn(2, 96, 7), torch.randint(4, (2, 96, 4)), torch.randn(2, 72, 7), torch.randint(4, (2, 72, 4)))'),
        ('models/model.py', 'InformerStack(7, 7, 7, 96, 48, 24, d_model=32, n_heads=4, d_ff=64, attn="full", embed="timeF", device=torch.device("cpu"))',
         '(torch.randn(2, 96, 7), torch.randn(2, 96, 4), torch.randn(2, 72, 7), torch.randn(2, 72, 4))'),
        ('models/encoder.py', 'ConvLayer(32)', 'torch.randn(2, 96, 32)'),
    ),
    'kenshohara__3D-ResNets-PyTorch': _recipes(
        ('models/resnet.py', 'generate_model(18, n_classes=10)', 'torch.randn(2, 3, 8, 64, 64)'),
        ('models/resnet2p1d.py', 'generate_model(18, n_classes=10)', 'torch.randn(2, 3, 8, 64, 64)'),
        ('models/densenet.py', 'generate_model(121, num_classes=10)', 'torch.randn(2, 3, 16, 64, 64)'),
        ('models/wide_resnet.py', 'generate_model(50, 1, n_classes=10)', 'torch.randn(2, 3, 8, 64, 64)'),
    ),
    'black0017__MedicalZooPytorch': _recipes(
        ('lib/medzoo/Unet3D.py', 'UNet3D(in_channels=1, n_classes=4, base_n_filter=4)', 'torch.randn(2, 1, 16, 16, 16)'),
        ('lib/medzoo/Vnet.py', 'VNet(in_channels=1, classes=4)', 'torch.randn(2, 1, 32, 32, 32)'),
        ('lib/medzoo/DenseVoxelNet.py', 'DenseVoxelNet(in_channels=1, classes=4)', 'torch.randn(2, 1, 16, 16, 16)'),
        ('lib/medzoo/ResNet3DMedNet.py', 'generate_resnet3d(in_channels=1, classes=4, model_depth=18)', 'torch.randn(2, 1, 16, 16, 16)'),
        ('lib/medzoo/HighResNet3D.py', 'HighResNet3D(in_channels=1, classes=4)', 'torch.randn(2, 1, 16, 16, 16)'),
        ('lib/medzoo/SkipDenseNet3D.py', 'SkipDenseNet3D(in_channels=1, classes=4, growth_rate=4)', 'torch.randn(2, 1, 16, 16, 16)'),
    ),
    'cvlab-stonybrook__DM-Count': _recipes(('models.py', "VGG(make_layers(cfg['E']))", _IMAGE)),
    'Cadene__vqa.pytorch': _recipes(
        ('vqa/models/fusion.py', 'MLBFusion(dict(dim_v=32, dim_q=24, dim_h=16, dropout_v=0.5, activation_v="tanh", dropout_q=0.5, activation_q="tanh"))',
         '(torch.randn(2, 32), torch.randn(2, 24))'),
        ('vqa/models/seq2vec.py', 'TwoLSTM(["a", "b", "c"], 16, 24)', 'torch.randint(1, 4, (2, 6))'),
    ),
    'CSAILVision__semantic-segmentation-pytorch': _recipes(
        ('mit_semseg/models/models.py', 'PPM(num_class=5, fc_dim=64)', '[torch.randn(2, 64, 16, 16)]'),
        ('mit_semseg/models/hrnet.py', 'HRNetV2(n_class=5)', 'torch.randn(2, 3, 128, 128)'),
        ('mit_semseg/models/models.py', 'ResnetDilated(__import__("mit_semseg.models.resnet", fromlist=["resnet18"]).resnet50(False), 8)', _IMAGE),
    ),
    'MCG-NJU__TDN': _recipes(
        ('ops/base_module.py', 'mSEModule(64, n_segment=8)', 'torch.randn(16, 64, 16, 16)'),
        ('ops/base_module.py', 'ShiftModule(64, n_segment=8)', 'torch.randn(16, 64, 8, 8)'),
    ),
    'facebookresearch__swav': _recipes(
        ('src/resnet50.py', 'resnet50(hidden_mlp=64, output_dim=16, nmb_prototypes=30, normalize=True)', '[torch.randn(2, 3, 64, 64)]'),
        ('src/resnet50.py', 'MultiPrototypes(16, [10, 20])', 'torch.randn(2, 16)'),
    ),
    'limhoyeon__ToothGroupNetwork': _recipes(
        ('models/modules/pointnet.py', 'PointNetEncoder(global_feat=True, channel=6)', 'torch.randn(2, 6, 128)'),
    ),
    'poppinace__indexnet_matting': _recipes(
        ('scripts/hlindex.py', 'HolisticIndexBlock(32, use_nonlinear=True, use_context=True, batch_norm=nn.BatchNorm2d)', 'torch.randn(2, 32, 16, 16)'),
        ('scripts/hlindex.py', 'DepthwiseM2OIndexBlock(32, use_nonlinear=True)', 'torch.randn(2, 32, 16, 16)'),
        ('scripts/hlaspp.py', 'ASPP(32, 16, batch_norm=nn.BatchNorm2d)', 'torch.randn(2, 32, 16, 16)'),
    ),
    'JingyunLiang__SwinIR': _recipes(
        ('models/network_swinir.py', "SwinIR(upscale=2, img_size=(16, 16), window_size=8, depths=[2, 2], embed_dim=24, num_heads=[2, 2], upsampler='pixelshuffle')",
         'torch.randn(2, 3, 16, 16)'),
        ('models/network_swinir.py', 'WindowAttention(24, (8, 8), 2)', 'torch.randn(4, 64, 24)'),
    ),
    'VainF__DeepLabV3Plus-Pytorch': _recipes(('network/modeling.py', 'deeplabv3plus_resnet50(5, 16, False)', _IMAGE)),
    'sooftware__conformer': _recipes(
        ('conformer/model.py', 'Conformer(num_classes=10, input_dim=80, encoder_dim=32, num_encoder_layers=2, num_attention_heads=4)',
         '(torch.randn(2, 100, 80), torch.tensor([100, 90]))'),
    ),
    'lucidrains__byol-pytorch': _recipes(('byol_pytorch/byol_pytorch.py', 'MLP(64, 32, 128)', 'torch.randn(4, 64)')),
    'bubbliiiing__yolox-pytorch': _recipes(('nets/yolo.py', "YoloBody(20, 's')", 'torch.randn(2, 3, 64, 64)')),
    'NVIDIA__tacotron2': _recipes(
        ('model.py', 'Attention(64, 32, 16, 8, 7)', '(torch.randn(2, 64), torch.randn(2, 20, 32), torch.randn(2, 20, 16), torch.randn(2, 2, 20), None)'),
        ('model.py', 'Prenet(80, [32, 32])', 'torch.randn(2, 80)'),
        ('model.py', f'Postnet({_namespace(n_mel_channels=20, postnet_embedding_dim=32, postnet_kernel_size=5, postnet_n_convolutions=5)})', 'torch.randn(2, 20, 30)'),
        ('model.py', f'Encoder({_namespace(encoder_n_convolutions=3, encoder_embedding_dim=32, encoder_kernel_size=5)})',
         '(torch.randn(2, 32, 20), torch.tensor([20, 15]))'),
        ('layers.py', 'ConvNorm(16, 32, 5)', 'torch.randn(2, 16, 20)'),
    ),
    'johnma2006__mamba-minimal': _recipes(
        ('model.py', 'Mamba(ModelArgs(d_model=32, n_layer=2, vocab_size=64))', 'torch.randint(64, (2, 12))'),
        ('model.py', 'MambaBlock(ModelArgs(d_model=32, n_layer=1, vocab_size=64))', 'torch.randn(2, 12, 32)'),
    ),
    'lucidrains__TimeSformer-pytorch': _recipes(
        ('timesformer_pytorch/timesformer_pytorch.py', 'TimeSformer(dim=32, image_size=32, patch_size=8, num_frames=4, num_classes=5, depth=2, heads=2, dim_head=16)',
         'torch.randn(2, 4, 3, 32, 32)'),
        ('timesformer_pytorch/timesformer_pytorch.py', 'TimeSformer(dim=32, image_size=32, patch_size=8, num_frames=4, num_classes=5, depth=2, heads=2, dim_head=16, '
         'rotary_emb=False, shift_tokens=True)', 'torch.randn(2, 4, 3, 32, 32)'),
    ),
    'lucidrains__lambda-networks': _recipes(
        ('lambda_networks/lambda_networks.py', 'LambdaLayer(dim=32, dim_out=32, r=7, dim_k=8, heads=4, dim_u=2)', 'torch.randn(2, 32, 16, 16)'),
        ('lambda_networks/lambda_networks.py', 'LambdaLayer(dim=32, dim_out=16, n=64, dim_k=8, heads=4, dim_u=1)', 'torch.randn(2, 32, 8, 8)'),
    ),
    'lucidrains__tab-transformer-pytorch': _recipes(
        ('tab_transformer_pytorch/ft_transformer.py', 'NumericalEmbedder(16, 10)', 'torch.randn(2, 10)'),
        ('tab_transformer_pytorch/tab_transformer_pytorch.py', 'MLP([32, 16, 4])', 'torch.randn(2, 32)'),
    ),
    'lucidrains__lightweight-gan': _recipes(
        ('lightweight_gan/lightweight_gan.py', 'Generator(image_size=64, latent_dim=32, fmap_max=64, attn_res_layers=[16])', 'torch.randn(2, 32)'),
        ('lightweight_gan/lightweight_gan.py', 'Discriminator(image_size=64, fmap_max=64, attn_res_layers=[16])', _IMAGE),
        ('lightweight_gan/lightweight_gan.py', 'LinearAttention(32, heads=2, dim_head=16)', 'torch.randn(2, 32, 8, 8)'),
    ),
    'lucidrains__segformer-pytorch': _recipes(
        ('segformer_pytorch/segformer_pytorch.py', 'Segformer(dims=(16, 32, 48, 64), heads=(1, 2, 4, 8), decoder_dim=32, num_classes=5)', _IMAGE),
    ),
    'philipperemy__n-beats': _recipes(
        ('nbeats_pytorch/model.py', 'NBeatsNet(stack_types=("trend", "seasonality", "generic"), thetas_dim=(4, 8, 8), hidden_layer_units=32)', 'torch.randn(2, 10)'),
        ('nbeats_pytorch/model.py', "GenericBlock(16, 8, torch.device('cpu'))", 'torch.randn(2, 10)'),
    ),
    'rosinality__glow-pytorch': _recipes(
        ('model.py', 'Glow(3, 2, 2)', 'torch.randn(2, 3, 16, 16)'),
        ('model.py', 'Flow(6, conv_lu=False)', 'torch.randn(2, 6, 8, 8)'),
        ('model.py', 'InvConv2dLU(6)', 'torch.randn(2, 6, 8, 8)'),
    ),
    'rosinality__vq-vae-2-pytorch': _recipes(
        ('pixelsnail.py', 'PixelSNAIL([8, 8], 32, 16, 5, 2, 2, 16)', 'torch.randint(32, (2, 8, 8))'),
        ('vqvae.py', 'Quantize(16, 32)', 'torch.randn(2, 8, 8, 16)'),
    ),
    'tkipf__pygcn': _recipes(
        ('pygcn/models.py', 'GCN(nfeat=48, nhid=16, nclass=7, dropout=0.5)', '(torch.randn(20, 48), torch.ones(20, 20))'),
        ('pygcn/layers.py', 'GraphConvolution(48, 16)', '(torch.randn(20, 48), torch.eye(20))'),
    ),
    'w86763777__pytorch-ddpm': _recipes(
        ('model.py', 'UNet(T=100, ch=32, ch_mult=[1, 2], attn=[1], num_res_blocks=1, dropout=0.1)', '(torch.randn(2, 3, 16, 16), torch.tensor([3, 50]))'),
    ),
    'timesler__facenet-pytorch': _recipes(
        ('models/inception_resnet_v1.py', 'InceptionResnetV1(classify=True, num_classes=10)', 'torch.randn(2, 3, 160, 160)'),
        ('models/mtcnn.py', 'PNet(pretrained=False)', _IMAGE),
        ('models/mtcnn.py', 'ONet(pretrained=False)', 'torch.randn(2, 3, 48, 48)'),
    ),
    'whai362__PVT': _recipes(
        ('classification/pvt.py', 'pvt_tiny()', 'torch.randn(2, 3, 224, 224)'),
        ('classification/pvt_v2.py', 'pvt_v2_b0()', 'torch.randn(2, 3, 64, 64)'),
        ('classification/pvt_v2.py', 'pvt_v2_b2_li()', 'torch.randn(2, 3, 64, 64)'),
    ),
    'xternalz__WideResNet-pytorch': _recipes(('wideresnet.py', 'WideResNet(16, 10, 2)', 'torch.randn(2, 3, 32, 32)')),
    'megvii-research__NAFNet': _recipes(
        ('basicsr/models/archs/NAFNet_arch.py', 'NAFNet(3, 16, 1, [1, 1], [1, 1])', _IMAGE),
        ('basicsr/models/archs/NAFSSR_arch.py', 'SCAM(16)', '(torch.randn(2, 16, 8, 8), torch.randn(2, 16, 8, 8))'),
    ),
    'swz30__Restormer': _recipes(
        ('basicsr/models/archs/restormer_arch.py', "Restormer(dim=16, num_blocks=[1, 1, 1, 1], num_refinement_blocks=1, LayerNorm_type='BiasFree')", _IMAGE),
    ),
    'yulunzhang__RCAN': _recipes(
        ('RCAN_TrainCode/code/model/rcan.py', f"RCAN({_namespace(n_resgroups=2, n_resblocks=2, n_feats=16, reduction=4, scale=[2], rgb_range=255, n_colors=3, res_scale=1)})",
         'torch.randn(2, 3, 16, 16)'),
        ('RCAN_TrainCode/code/model/edsr.py', f"EDSR({_namespace(n_resblocks=2, n_feats=16, scale=[2], rgb_range=255, n_colors=3, res_scale=0.1)})", 'torch.randn(2, 3, 16, 16)'),
        ('RCAN_TrainCode/code/model/mdsr.py', f"MDSR({_namespace(n_resblocks=2, n_feats=16, scale=[2, 3], rgb_range=255, n_colors=3, res_scale=1)})", 'torch.randn(2, 3, 16, 16)'),
    ),
}
